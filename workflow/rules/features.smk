# Deep features: patches -> features per image -> one matrix per modality, and one of the training
# cohort alone.

if networks.on_gpu(STUDY):

    rule extract_features_cuda:
        """Deep features of one image, for each of its masks, on a GPU."""
        input:
            patches="results/roi/{patient}/{modality}/{sequence}/patches.npz",
            weights=f"{networks.folder(STUDY)}/weights.safetensors",
            record=f"{networks.folder(STUDY)}/backbone.json",
        output:
            features="results/features/{patient}/{modality}/{sequence}.npz",
        log:
            "results/logs/extract_features/{patient}/{modality}/{sequence}.log",
        benchmark:
            "results/benchmarks/extract_features_cuda/{patient}/{modality}/{sequence}.tsv"
        conda:
            "../../envs/backbone.yaml"
        threads: 1
        resources:
            mem_mb=memory(4000),
            gpu=1,
        params:
            code=code("extract_features_cuda", "backbone"),
        script:
            "../scripts/extract_features_cuda.py"

else:

    rule extract_features:
        """Deep features of one image, for each of its masks."""
        input:
            patches="results/roi/{patient}/{modality}/{sequence}/patches.npz",
            network=f"{networks.folder(STUDY)}/network.onnx",
            record=f"{networks.folder(STUDY)}/backbone.json",
        output:
            features="results/features/{patient}/{modality}/{sequence}.npz",
        log:
            "results/logs/extract_features/{patient}/{modality}/{sequence}.log",
        benchmark:
            "results/benchmarks/extract_features/{patient}/{modality}/{sequence}.tsv"
        conda:
            "../../envs/inference.yaml"
        threads: 1
        resources:
            mem_mb=memory(2000),
        params:
            code=code("extract_features", "inference"),
        script:
            "../scripts/extract_features.py"


rule import_features:
    """One matrix per modality that brings its own features; the second outlines' beside it."""
    input:
        lambda wildcards: STUDY.own_features[wildcards.modality].values(),
        patients="results/cohort/split.tsv",
    output:
        features="results/features/{modality}.parquet",
        repeats="results/features/{modality}_repeats.parquet",
    log:
        "results/logs/import_features/{modality}.log",
    benchmark:
        "results/benchmarks/import_features/{modality}.tsv"
    wildcard_constraints:
        modality=either(STUDY.own_features),
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
    params:
        code=code("import_features", "statistics"),
        tables=lambda wildcards: STUDY.own_features[wildcards.modality],
        contents=lambda wildcards: [
            file_digest(path) for path in STUDY.own_features[wildcards.modality].values()
        ],
        outcome=CONFIG["outcome"]["column"],
    script:
        "../scripts/import_features.py"


rule assemble_features:
    """One matrix per modality, patients x features; the repeated masks' features beside it."""
    input:
        files=lambda wildcards: targets.features(STUDY, wildcards.modality),
        sources=lambda wildcards: targets.sources(STUDY, wildcards.modality),
    output:
        features="results/features/{modality}.parquet",
        repeats="results/features/{modality}_repeats.parquet",
    log:
        "results/logs/assemble_features/{modality}.log",
    benchmark:
        "results/benchmarks/assemble_features/{modality}.tsv"
    wildcard_constraints:
        modality=either(STUDY.imaged_modalities),
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
    params:
        code=code("assemble_features", "statistics"),
        sequences=lambda wildcards: STUDY.modalities[wildcards.modality]["sequences"],
    script:
        "../scripts/assemble_features.py"


use rule assemble_features as assemble_training with:
    input:
        files=lambda wildcards: targets.features(STUDY, wildcards.modality, STUDY.training.index),
        sources=lambda wildcards: targets.sources(STUDY, wildcards.modality, STUDY.training.index),
    output:
        features="results/features/training/{modality}.parquet",
        repeats="results/features/training/{modality}_repeats.parquet",
    log:
        "results/logs/assemble_training/{modality}.log",
    benchmark:
        "results/benchmarks/assemble_training/{modality}.tsv"


# no other patient's row fits a score again
use rule import_features as import_training with:
    input:
        lambda wildcards: ancient(list(STUDY.own_features[wildcards.modality].values())),
        patients="results/cohort/training.tsv",
    output:
        features="results/features/training/{modality}.parquet",
        repeats="results/features/training/{modality}_repeats.parquet",
    log:
        "results/logs/import_training/{modality}.log",
    benchmark:
        "results/benchmarks/import_training/{modality}.tsv"
    params:
        code=code("import_features", "statistics"),
        tables=lambda wildcards: STUDY.own_features[wildcards.modality],
        contents=lambda wildcards: sheet_digests.training_features(STUDY, wildcards.modality),
        outcome=CONFIG["outcome"]["column"],
