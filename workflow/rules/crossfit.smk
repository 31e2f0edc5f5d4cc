# The crossfit protocol: training patients' scores from fits that did not see them, and the models on
# them.

if STUDY.crossfit:

    rule crossfit_score:
        """Scores of one modality's training patients from fits that did not see them."""
        input:
            features="results/features/training/{modality}.parquet",
            repeats="results/features/training/{modality}_repeats.parquet",
            training="results/cohort/training.tsv",
        output:
            scores="results/crossfit/scores_{modality}.tsv",
            header="results/crossfit/scores_{modality}.header.txt",
        log:
            "results/logs/crossfit_score/{modality}.log",
        benchmark:
            "results/benchmarks/crossfit_score/{modality}.tsv"
        conda:
            "../../envs/statistics.yaml"
        threads: 1
        resources:
            mem_mb=memory(3000),
        params:
            code=code("crossfit_score", "statistics"),
            stability=CONFIG["stability"],
            score=CONFIG["score"],
            validation={key: CONFIG["validation"][key] for key in ("crossfit_folds", "seed")},
            caution=networks.caution(STUDY),
            simulated=STUDY.simulated,
        script:
            "../scripts/crossfit_score.py"

    rule fit_crossfit:
        """All models again, on cross-fitted scores."""
        input:
            **targets.training_readings(STUDY),
            models=targets.models(STUDY),
            scores=targets.crossfit_scores(STUDY),
            features=targets.matrices(STUDY, "training/"),
            training="results/cohort/training.tsv",
        output:
            models=targets.crossfit_models(STUDY),
        log:
            "results/logs/fit_crossfit.log",
        benchmark:
            "results/benchmarks/fit_crossfit.tsv"
        conda:
            "../../envs/statistics.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000),
        params:
            code=code("fit_crossfit", "statistics"),
            dictionary=STUDY.dictionary,
            reader=CONFIG["radiology"]["reader"],
        script:
            "../scripts/fit_crossfit.py"
