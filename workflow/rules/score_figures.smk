# Figures of the learning and of single predictions: stability, scores, SHAP -> PNG (300 dpi), SVG.


rule plot_stability:
    """How the ICCs of one modality's deep features are distributed, per sequence."""
    input:
        table="results/features/stability_{modality}.tsv",
    output:
        png=shown("results/figures/stability_{modality}.png", "Features and scores"),
        svg="results/figures/stability_{modality}.svg",
    log:
        "results/logs/plot_stability/{modality}.log",
    benchmark:
        "results/benchmarks/plot_stability/{modality}.tsv"
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
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
        png=shown("results/figures/score_{modality}.png", "Features and scores"),
        svg="results/figures/score_{modality}.svg",
    log:
        "results/logs/plot_score/{modality}.log",
    benchmark:
        "results/benchmarks/plot_score/{modality}.tsv"
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("plot_score", "plotting"),
        models=STUDY.models,
        simulated=STUDY.simulated,
    script:
        "../scripts/plot_score.py"


rule plot_shap_waterfall:
    """SHAP of the final model for one patient, any of the study."""
    input:
        shap="results/tables/shap.tsv",
    output:
        png=shown("results/figures/shap_waterfall_{patient}.png", "Explanation"),
        svg="results/figures/shap_waterfall_{patient}.svg",
    log:
        "results/logs/plot_shap_waterfall/{patient}.log",
    benchmark:
        "results/benchmarks/plot_shap_waterfall/{patient}.tsv"
    wildcard_constraints:
        patient=either(STUDY.patients),
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("plot_shap_waterfall", "plotting"),
        simulated=STUDY.simulated,
    script:
        "../scripts/plot_shap_waterfall.py"


if STUDY.controlled_modalities:

    rule plot_controls:
        """A lesion's patch and its negative controls, and what their scores tell of the outcome."""
        input:
            table="results/tables/negative_controls.tsv",
            patches=negative_controls.examples(STUDY),
        output:
            png=shown("results/figures/negative_controls.png", "How far to believe it"),
            svg="results/figures/negative_controls.svg",
        log:
            "results/logs/plot_controls.log",
        benchmark:
            "results/benchmarks/plot_controls.tsv"
        conda:
            "../../envs/plotting.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000),
        params:
            code=code("plot_controls", "plotting"),
            models=STUDY.models,
            simulated=STUDY.simulated,
        script:
            "../scripts/plot_controls.py"
