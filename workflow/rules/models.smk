# The other models, learnt on the training cohort: stable features, scores, combinations, the
# fusion; and every patient's predictions.


rule measure_stability:
    """Intra- and inter-reader ICC of every feature, on the training cohort."""
    input:
        features="results/features/training/{modality}.parquet",
        repeats="results/features/training/{modality}_repeats.parquet",
        training="results/cohort/training.tsv",
    output:
        table="results/features/stability_{modality}.tsv",
        header="results/features/stability_{modality}.header.txt",
    log:
        "results/logs/measure_stability/{modality}.log",
    benchmark:
        "results/benchmarks/measure_stability/{modality}.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
    params:
        code=code("measure_stability", "statistics"),
        stability=CONFIG["stability"],
        simulated=STUDY.simulated,
    script:
        "../scripts/measure_stability.py"


rule fit_score:
    """The deep-learning radiomics score of one modality."""
    input:
        unpack(score_network),
        features="results/features/training/{modality}.parquet",
        stability="results/features/stability_{modality}.tsv",
        training="results/cohort/training.tsv",
    output:
        model="results/models/DLRS_{modality}.json",
    log:
        "results/logs/fit_score/{modality}.log",
    benchmark:
        "results/benchmarks/fit_score/{modality}.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
    params:
        code=code("fit_score", "statistics"),
        modality=lambda wildcards: wildcards.modality,
        score=CONFIG["score"],
        outcome=CONFIG["outcome"],
        made_of=lambda wildcards: STUDY.features_made_of(wildcards.modality),
        simulated=STUDY.simulated,
    script:
        "../scripts/fit_score.py"


rule fit_combined:
    """One modality's score and its selected characteristics in one model."""
    input:
        radiological="results/models/R_{modality}.json",
        score="results/models/DLRS_{modality}.json",
        features="results/features/training/{modality}.parquet",
        radiology="results/cohort/training_radiology.tsv",
        training="results/cohort/training.tsv",
    output:
        model="results/models/DLRR_{modality}.json",
    log:
        "results/logs/fit_combined/{modality}.log",
    benchmark:
        "results/benchmarks/fit_combined/{modality}.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("fit_combined", "statistics"),
        simulated=STUDY.simulated,
        dictionary=characteristics,
        reader=CONFIG["radiology"]["reader"],
    script:
        "../scripts/fit_combined.py"


if "fused" in STUDY.models and not STUDY.applies:

    rule fit_fused:
        """The modalities' fullest models in one."""
        input:
            **targets.training_readings(STUDY),
            models=targets.single_models(STUDY),
            features=targets.matrices(STUDY, "training/"),
            training="results/cohort/training.tsv",
        output:
            model="results/models/fused.json",
        log:
            "results/logs/fit_fused.log",
        benchmark:
            "results/benchmarks/fit_fused.tsv"
        conda:
            "../../envs/statistics.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000),
        params:
            code=code("fit_fused", "statistics"),
            simulated=STUDY.simulated,
            dictionary=STUDY.dictionary,
            reader=CONFIG["radiology"]["reader"],
            tops=STUDY.top_models,
        script:
            "../scripts/fit_fused.py"


rule predict:
    """Every model's probability for every patient, and the covariates behind it."""
    input:
        **targets.readings(STUDY),
        **networks.pretrained(STUDY),
        models=targets.models(STUDY),
        crossfit=targets.crossfit_models(STUDY),
        scores=targets.crossfit_scores(STUDY),
        features=targets.matrices(STUDY),
        split="results/cohort/split.tsv",
    output:
        predictions="results/predictions.tsv",
        predictions_header="results/predictions.header.txt",
        covariates="results/covariates.tsv",
        covariates_header="results/covariates.header.txt",
    log:
        "results/logs/predict.log",
    benchmark:
        "results/benchmarks/predict.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("predict", "statistics"),
        models=[file_digest(path) for path in targets.models(STUDY) if STUDY.applies],
        dictionary=STUDY.dictionary,
        reader=CONFIG["radiology"]["reader"],
        simulated=STUDY.mark,
    script:
        "../scripts/predict.py"
