# Other divisions of the patients: all models built anew on each, a job per seed, and their spread.

if STUDY.resamples:

    rule validate_resample:
        """All models, split to fusion, on one other division of the patients."""
        input:
            **targets.readings(STUDY),
            features=targets.matrices(STUDY),
            repeats=targets.repeats(STUDY),
            split="results/cohort/split.tsv",
        output:
            table="results/resampling/{seed}.tsv",
            header="results/resampling/{seed}.header.txt",
        log:
            "results/logs/validate_resample/{seed}.log",
        benchmark:
            "results/benchmarks/validate_resample/{seed}.tsv"
        wildcard_constraints:
            seed="[0-9]+",
        conda:
            "../../envs/statistics.yaml"
        threads: 1
        resources:
            mem_mb=memory(3000),
        params:
            code=code("validate_resample", "statistics"),
            dictionary=STUDY.dictionary,
            settings={key: CONFIG[key] for key in ("stability", "score", "radiology")},
            models=STUDY.models,
            tops=STUDY.top_models,
            modalities=list(STUDY.modalities),
            test_fraction=CONFIG["split"]["test_fraction"],
            simulated=STUDY.simulated,
        script:
            "../scripts/validate_resample.py"

    rule collect_resamples:
        """The distribution of every model's test results, and of the differences between them."""
        input:
            parts=targets.resamples(STUDY),
        output:
            resamples="results/resampling/resamples.tsv",
            resamples_header="results/resampling/resamples.header.txt",
            table=shown("results/tables/resampling.tsv", "How far to believe it"),
            header="results/tables/resampling.header.txt",
        log:
            "results/logs/collect_resamples.log",
        benchmark:
            "results/benchmarks/collect_resamples.tsv"
        conda:
            "../../envs/statistics.yaml"
        threads: 1
        resources:
            mem_mb=memory(500),
        params:
            code=code("collect_resamples", "statistics"),
            caution=networks.caution(STUDY),
            simulated=STUDY.simulated,
        script:
            "../scripts/collect_resamples.py"

    rule plot_resampling:
        """Test AUC, calibration slope and differences of the models over all resamples."""
        input:
            resamples="results/resampling/resamples.tsv",
            table="results/tables/resampling.tsv",
        output:
            png=shown("results/figures/resampling.png", "How far to believe it"),
            svg="results/figures/resampling.svg",
        log:
            "results/logs/plot_resampling.log",
        benchmark:
            "results/benchmarks/plot_resampling.tsv"
        conda:
            "../../envs/plotting.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000),
        params:
            code=code("plot_resampling", "plotting"),
            simulated=STUDY.simulated,
        script:
            "../scripts/plot_resampling.py"
