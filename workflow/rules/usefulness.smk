# How far the models can be believed, and how to use them: optimism, sample size, cohorts, nomograms.


rule measure_optimism:
    """AUCs corrected for optimism: bootstrap of choice and regressions, cross-fitting, test."""
    input:
        **targets.training_readings(STUDY),
        models=targets.models(STUDY),
        covariates="results/covariates.tsv",
        scores=targets.crossfit_scores(STUDY),
        performance="results/tables/performance.tsv",
    output:
        table=shown("results/tables/optimism.tsv", "How far to believe it"),
        header="results/tables/optimism.header.txt",
    log:
        "results/logs/measure_optimism.log",
    benchmark:
        "results/benchmarks/measure_optimism.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("measure_optimism", "statistics"),
        dictionary=STUDY.dictionary,
        radiology=CONFIG["radiology"],
        validation={key: CONFIG["validation"][key] for key in ("bootstrap_models", "seed")},
        caution=networks.caution(STUDY),
        simulated=STUDY.simulated,
    script:
        "../scripts/measure_optimism.py"


rule measure_sample_size:
    """Events per parameter, expected shrinkage and the minimum size of every model."""
    input:
        predictions="results/predictions.tsv",
        models=targets.models(STUDY),
    output:
        table=shown("results/tables/sample_size.tsv", "How far to believe it"),
        header="results/tables/sample_size.header.txt",
    log:
        "results/logs/measure_sample_size.log",
    benchmark:
        "results/benchmarks/measure_sample_size.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("measure_sample_size", "statistics"),
        simulated=STUDY.simulated,
    script:
        "../scripts/measure_sample_size.py"


rule compare_cohorts:
    """Unpaired DeLong tests of every model between cohorts."""
    input:
        predictions="results/predictions.tsv",
    output:
        table=shown("results/tables/delong_cohorts.tsv", "Performance"),
        header="results/tables/delong_cohorts.header.txt",
    log:
        "results/logs/compare_cohorts.log",
    benchmark:
        "results/benchmarks/compare_cohorts.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("compare_cohorts", "statistics"),
        simulated=STUDY.mark,
    script:
        "../scripts/compare_cohorts.py"


rule tabulate_nomogram:
    """The points of a model's covariates, and the probability of their total."""
    input:
        models=targets.models(STUDY),
        covariates="results/covariates.tsv",
    output:
        table=shown("results/tables/nomogram_{model}.tsv", "Models"),
        header="results/tables/nomogram_{model}.header.txt",
    log:
        "results/logs/tabulate_nomogram/{model}.log",
    benchmark:
        "results/benchmarks/tabulate_nomogram/{model}.tsv"
    wildcard_constraints:
        model=either(STUDY.models),
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("tabulate_nomogram", "statistics"),
        dictionary=STUDY.dictionary,
        simulated=STUDY.simulated,
    script:
        "../scripts/tabulate_nomogram.py"


rule plot_nomogram:
    """The nomogram of a model."""
    input:
        table="results/tables/nomogram_{model}.tsv",
    output:
        png=shown("results/figures/nomogram_{model}.png", "Models"),
        svg="results/figures/nomogram_{model}.svg",
    log:
        "results/logs/plot_nomogram/{model}.log",
    benchmark:
        "results/benchmarks/plot_nomogram/{model}.tsv"
    wildcard_constraints:
        model=either(STUDY.models),
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("plot_nomogram", "plotting"),
        simulated=STUDY.simulated,
    script:
        "../scripts/plot_nomogram.py"
