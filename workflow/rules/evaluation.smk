# Evaluation: predictions -> performance, comparisons, calibration, clinical usefulness, explanation.


rule evaluate_performance:
    """Discrimination, classification at the training threshold, and calibration of every model."""
    input:
        predictions="results/predictions.tsv",
        models=targets.models(STUDY) + targets.crossfit_models(STUDY),
    output:
        table=shown("results/tables/performance.tsv", "Performance"),
        header="results/tables/performance.header.txt",
    log:
        "results/logs/evaluate_performance.log",
    benchmark:
        "results/benchmarks/evaluate_performance.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("evaluate_performance", "statistics"),
        validation={
            key: CONFIG["validation"][key] for key in ("bootstrap", "seed", "calibration_groups")
        },
        caution=networks.caution(STUDY),
        simulated=STUDY.mark,
    script:
        "../scripts/evaluate_performance.py"


rule compare_models:
    """Paired DeLong tests between all models in each cohort."""
    input:
        predictions="results/predictions.tsv",
    output:
        table=shown("results/tables/delong.tsv", "Performance"),
        header="results/tables/delong.header.txt",
    log:
        "results/logs/compare_models.log",
    benchmark:
        "results/benchmarks/compare_models.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("compare_models", "statistics"),
        simulated=STUDY.mark,
    script:
        "../scripts/compare_models.py"


rule measure_calibration:
    """Observed against predicted risk, in groups of predicted risk and as a smooth curve."""
    input:
        predictions="results/predictions.tsv",
    output:
        table=shown("results/tables/calibration.tsv", "Performance"),
        header="results/tables/calibration.header.txt",
        curve="results/tables/calibration_curve.tsv",
        curve_header="results/tables/calibration_curve.header.txt",
    log:
        "results/logs/measure_calibration.log",
    benchmark:
        "results/benchmarks/measure_calibration.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("measure_calibration", "statistics"),
        validation={key: CONFIG["validation"][key] for key in ("calibration_groups",)},
        simulated=STUDY.mark,
    script:
        "../scripts/measure_calibration.py"


rule measure_net_benefit:
    """Net benefit of every model over the threshold probabilities (decision curve)."""
    input:
        predictions="results/predictions.tsv",
    output:
        table=shown("results/tables/decision_curve.tsv", "Performance"),
        header="results/tables/decision_curve.header.txt",
    log:
        "results/logs/measure_net_benefit.log",
    benchmark:
        "results/benchmarks/measure_net_benefit.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("measure_net_benefit", "statistics"),
        validation={key: CONFIG["validation"][key] for key in ("thresholds", "bootstrap", "seed")},
        simulated=STUDY.mark,
    script:
        "../scripts/measure_net_benefit.py"


if STUDY.final_model and not STUDY.applies:

    rule explain_model:
        """SHAP values of the final model over the study's original covariates."""
        input:
            models=targets.models(STUDY),
            covariates="results/covariates.tsv",
        output:
            table=shown("results/tables/shap.tsv", "Explanation"),
            header="results/tables/shap.header.txt",
        log:
            "results/logs/explain_model.log",
        benchmark:
            "results/benchmarks/explain_model.tsv"
        conda:
            "../../envs/explain.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000),
        params:
            code=code("explain_model", "explain"),
            final=STUDY.final_model,
            simulated=STUDY.simulated,
        script:
            "../scripts/explain_model.py"
