# The cohort: sheets -> split, ledger of counts, and the tables that describe patients and readers.


rule split_cohort:
    """Assign every patient to a cohort, once, and count patients and events at every step."""
    input:
        **sheets("patients", "images"),
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
        digest=sheet_digests.cohorts(STUDY),
        settings=STUDY.enrolment,
        simulated=STUDY.simulated,
    script:
        "../scripts/split_cohort.py"


rule select_training:
    """The training patients and their outcomes: a file that changes only when these do."""
    input:
        **sheets("patients", "images"),
    output:
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
        digest=sheet_digests.training(STUDY),
        settings=STUDY.enrolment,
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


rule describe_external:
    """Outcome, clinical data and readings of the external against the training cohort."""
    input:
        **targets.readings(STUDY),
        patients=CONFIG["sheets"]["patients"],
        split="results/cohort/split.tsv",
    output:
        table=shown("results/tables/external_balance.tsv", "Cohort"),
        header="results/tables/external_balance.header.txt",
    log:
        "results/logs/describe_external.log",
    benchmark:
        "results/benchmarks/describe_external.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
    params:
        code=code("describe_external", "statistics"),
        sheets=contents("patients"),
        clinical=CONFIG["clinical"],
        dictionaries={name: STUDY.characteristics(name) for name in STUDY.read_modalities},
        reader=CONFIG["radiology"]["reader"],
        simulated=STUDY.simulated,
    script:
        "../scripts/describe_external.py"
