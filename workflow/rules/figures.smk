# Figures: tables and predictions -> PNG (300 dpi) and SVG.


rule plot_cohort_flow:
    """Patients from registration to the cohorts."""
    input:
        counts="results/tables/counts.tsv",
    output:
        png=shown("results/figures/cohort_flow.png", "Cohort"),
        svg="results/figures/cohort_flow.svg",
    log:
        "results/logs/plot_cohort_flow.log",
    benchmark:
        "results/benchmarks/plot_cohort_flow.tsv"
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("plot_cohort_flow", "plotting"),
        simulated=STUDY.simulated,
    script:
        "../scripts/plot_cohort_flow.py"


if drawn.shows_examples(STUDY):

    rule plot_examples:
        """Typical images: one patient with the outcome and one without, every sequence."""
        input:
            overlays=targets.example_overlays(STUDY),
        output:
            png=shown("results/figures/examples.png", "Images"),
            svg="results/figures/examples.svg",
        log:
            "results/logs/plot_examples.log",
        benchmark:
            "results/benchmarks/plot_examples.tsv"
        conda:
            "../../envs/plotting.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000),
        params:
            code=code("plot_examples", "plotting"),
            labels=targets.example_labels(STUDY),
            simulated=STUDY.simulated,
        script:
            "../scripts/plot_examples.py"


rule plot_roc:
    """ROC curves of all models in one cohort, or of one modality's models in train and test."""
    input:
        predictions="results/predictions.tsv",
        performance="results/tables/performance.tsv",
    output:
        png=shown("results/figures/roc_{panel}.png", "Performance"),
        svg="results/figures/roc_{panel}.svg",
    log:
        "results/logs/plot_roc/{panel}.log",
    benchmark:
        "results/benchmarks/plot_roc/{panel}.tsv"
    wildcard_constraints:
        panel=either(drawn.roc_panels(STUDY)),
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("plot_roc", "plotting"),
        view=lambda wildcards: drawn.roc_view(STUDY, wildcards.panel),
        simulated=STUDY.mark,
    script:
        "../scripts/plot_roc.py"


rule plot_calibration:
    """Calibration: observed against predicted risk."""
    input:
        calibration="results/tables/calibration.tsv",
        curve="results/tables/calibration_curve.tsv",
        performance="results/tables/performance.tsv",
    output:
        png=shown("results/figures/calibration.png", "Performance"),
        svg="results/figures/calibration.svg",
    log:
        "results/logs/plot_calibration.log",
    benchmark:
        "results/benchmarks/plot_calibration.tsv"
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("plot_calibration", "plotting"),
        simulated=STUDY.mark,
    script:
        "../scripts/plot_calibration.py"


rule plot_decision_curve:
    """Decision curves against treating all and none."""
    input:
        decision_curve="results/tables/decision_curve.tsv",
    output:
        png=shown("results/figures/decision_curve.png", "Performance"),
        svg="results/figures/decision_curve.svg",
    log:
        "results/logs/plot_decision_curve.log",
    benchmark:
        "results/benchmarks/plot_decision_curve.tsv"
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("plot_decision_curve", "plotting"),
        simulated=STUDY.mark,
    script:
        "../scripts/plot_decision_curve.py"


rule plot_shap:
    """SHAP of the final model: every patient, and mean absolute values."""
    input:
        shap="results/tables/shap.tsv",
    output:
        summary_png=shown("results/figures/shap_summary.png", "Explanation"),
        summary_svg="results/figures/shap_summary.svg",
        importance_png=shown("results/figures/shap_importance.png", "Explanation"),
        importance_svg="results/figures/shap_importance.svg",
    log:
        "results/logs/plot_shap.log",
    benchmark:
        "results/benchmarks/plot_shap.tsv"
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("plot_shap", "plotting"),
        simulated=STUDY.simulated,
    script:
        "../scripts/plot_shap.py"
