# The cohort: sheets -> split, ledger of counts, and the tables that describe patients and readers.


rule split_cohort:
    """Assign every patient to a cohort, once, and count patients and events at every step."""
    input:
        unpack(cohort_sheets),
    output:
        split="results/cohort/split.tsv",
        split_header="results/cohort/split.header.txt",
        counts=shown("results/tables/counts.tsv", "Cohort"),
        counts_header="results/tables/counts.header.txt",
    log:
        "results/logs/split_cohort.log",
    benchmark:
        "results/benchmarks/split_cohort.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
    params:
        code=code("split_cohort", "statistics"),
        sheets=contents("patients", "images"),
        settings=STUDY.enrolment,
        simulated=STUDY.simulated,
    script:
        "../scripts/split_cohort.py"


rule select_training:
    """The training patients' outcomes and readings: files that change only when these do."""
    input:
        # what else the sheets hold is no reason to run: the digest below says what is
        **{name: ancient(path) for name, path in CONFIG["sheets"].items() if path},
    output:
        **targets.training_readings(STUDY),
        training="results/cohort/training.tsv",
        header="results/cohort/training.header.txt",
    log:
        "results/logs/select_training.log",
    benchmark:
        "results/benchmarks/select_training.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
    params:
        code=code("select_training", "statistics"),
        digest=STUDY.training_digest,
        settings=STUDY.enrolment,
        reader=CONFIG["radiology"]["reader"],
        simulated=STUDY.simulated,
    script:
        "../scripts/select_training.py"


rule describe_baseline:
    """Clinical characteristics by outcome, in each cohort."""
    input:
        patients=CONFIG["sheets"]["patients"],
        split="results/cohort/split.tsv",
    output:
        table=shown("results/tables/baseline.tsv", "Cohort"),
        header="results/tables/baseline.header.txt",
    log:
        "results/logs/describe_baseline.log",
    benchmark:
        "results/benchmarks/describe_baseline.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
    params:
        code=code("describe_baseline", "statistics"),
        sheets=contents("patients"),
        clinical=CONFIG["clinical"],
        simulated=STUDY.simulated,
    script:
        "../scripts/describe_baseline.py"


rule describe_split:
    """Radiological characteristics of the training against the test cohort."""
    input:
        split="results/cohort/split.tsv",
        radiology=radiology_sheet,
    output:
        table=shown("results/tables/split_balance_{modality}.tsv", "Cohort"),
        header="results/tables/split_balance_{modality}.header.txt",
    log:
        "results/logs/describe_split/{modality}.log",
    benchmark:
        "results/benchmarks/describe_split/{modality}.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
    params:
        code=code("describe_split", "statistics"),
        sheets=contents("radiology"),
        dictionary=characteristics,
        reader=CONFIG["radiology"]["reader"],
        simulated=STUDY.simulated,
    script:
        "../scripts/describe_split.py"


rule measure_agreement:
    """Agreement of the two radiologists on every characteristic."""
    input:
        split="results/cohort/split.tsv",
        radiology=radiology_sheet,
    output:
        table=shown("results/tables/reader_agreement_{modality}.tsv", "Cohort"),
        header="results/tables/reader_agreement_{modality}.header.txt",
    log:
        "results/logs/measure_agreement/{modality}.log",
    benchmark:
        "results/benchmarks/measure_agreement/{modality}.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
    params:
        code=code("measure_agreement", "statistics"),
        sheets=contents("radiology"),
        dictionary=characteristics,
        simulated=STUDY.simulated,
    script:
        "../scripts/measure_agreement.py"
