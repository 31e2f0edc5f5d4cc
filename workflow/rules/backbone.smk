# The network: weights -> ONNX, checked against PyTorch; where it is fine-tuned, one per sequence.

if is_tag(CONFIG["backbone"]["weights"]):

    localrules:
        download_weights,

    rule download_weights:
        """Download a timm model's pretrained weights, on the host that started the workflow."""
        output:
            downloaded="results/backbone/downloaded.safetensors",
        log:
            "results/logs/download_weights.log",
        benchmark:
            "results/benchmarks/download_weights.tsv"
        conda:
            "../../envs/backbone.yaml"
        threads: 1
        resources:
            mem_mb=memory(3000),
        params:
            code=code("download_weights", "backbone"),
            backbone=networks.choice(STUDY),
        script:
            "../scripts/download_weights.py"


rule export_backbone:
    """Build the network once, export it for ONNX Runtime, and check the export."""
    input:
        **networks.weights_file(STUDY),
    output:
        network="results/backbone/network.onnx",
        record="results/backbone/backbone.json",
        weights="results/backbone/weights.safetensors",
    log:
        "results/logs/export_backbone.log",
    benchmark:
        "results/benchmarks/export_backbone.tsv"
    conda:
        "../../envs/backbone.yaml"
    threads: 1
    resources:
        mem_mb=memory(6000),
    params:
        code=code("export_backbone", "backbone", SPECIMENS),
        backbone=networks.choice(STUDY),
    script:
        "../scripts/export_backbone.py"


if networks.finetuned(STUDY):

    rule finetune_backbone:
        """Train the network further for one sequence, on the training cohort alone."""
        input:
            patches=lambda wildcards: networks.training_patches(STUDY, **wildcards),
            training="results/cohort/training.tsv",
            weights="results/backbone/weights.safetensors",
            record="results/backbone/backbone.json",
        output:
            network="results/backbone/{modality}/{sequence}/network.onnx",
            record="results/backbone/{modality}/{sequence}/backbone.json",
            weights="results/backbone/{modality}/{sequence}/weights.safetensors",
            history="results/backbone/{modality}/{sequence}/history.tsv",
            header="results/backbone/{modality}/{sequence}/history.header.txt",
        log:
            "results/logs/finetune_backbone/{modality}/{sequence}.log",
        benchmark:
            "results/benchmarks/finetune_backbone/{modality}/{sequence}.tsv"
        conda:
            "../../envs/backbone.yaml"
        # fixed: on a CPU the sums, and so the weights, depend on the number of threads
        threads: 1
        resources:
            **networks.gpus(STUDY),
            mem_mb=memory(6000),
        params:
            code=code("finetune_backbone", "backbone"),
            settings=CONFIG["backbone"]["finetune"],
            device=CONFIG["backbone"]["device"],
            simulated=STUDY.simulated,
        script:
            "../scripts/finetune_backbone.py"

    rule plot_learning_curves:
        """Loss by epoch of every fine-tuned network."""
        input:
            histories=networks.per_sequence(STUDY, "history.tsv"),
        output:
            png=shown("results/figures/learning_curves.png", "Features and scores"),
            svg="results/figures/learning_curves.svg",
        log:
            "results/logs/plot_learning_curves.log",
        benchmark:
            "results/benchmarks/plot_learning_curves.tsv"
        conda:
            "../../envs/plotting.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000),
        params:
            code=code("plot_learning_curves", "plotting"),
            simulated=STUDY.simulated,
        script:
            "../scripts/plot_learning_curves.py"
