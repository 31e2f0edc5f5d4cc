# Figures of the learning: stability tables, scores and covariates -> PNG (300 dpi) and SVG.


rule plot_stability:
    """How the ICCs of one modality's deep features are distributed, per sequence."""
    input:
        table="results/features/stability_{modality}.tsv",
    output:
        png="results/figures/stability_{modality}.png",
        svg="results/figures/stability_{modality}.svg",
    log:
        "results/logs/plot_stability/{modality}.log",
    benchmark:
        "results/benchmarks/plot_stability/{modality}.tsv"
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        code=code("plot_stability", "plotting"),
        stability=CONFIG["stability"],
        models=STUDY.models,
        simulated=STUDY.simulated,
    script:
        "../scripts/plot_stability.py"


rule plot_score:
    """One modality's score: its cross-validation, its components, its patients."""
    input:
        model="results/models/DLRS_{modality}.json",
        covariates="results/covariates.tsv",
    output:
        png="results/figures/score_{modality}.png",
        svg="results/figures/score_{modality}.svg",
    log:
        "results/logs/plot_score/{modality}.log",
    benchmark:
        "results/benchmarks/plot_score/{modality}.tsv"
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        code=code("plot_score", "plotting"),
        models=STUDY.models,
        simulated=STUDY.simulated,
    script:
        "../scripts/plot_score.py"
