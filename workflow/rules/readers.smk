# The radiologists' readings: those that the models use, their balance over the split, agreement.


rule collect_readings:
    """The readings that the models use: a file that changes only when these do."""
    input:
        **sheets("radiology"),
        cohort="results/cohort/split.tsv",
    output:
        radiology="results/cohort/radiology.tsv",
    log:
        "results/logs/collect_readings.log",
    benchmark:
        "results/benchmarks/collect_readings.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
    params:
        code=code("collect_readings", "statistics"),
        digest=sheet_digests.readings(STUDY),
        reader=CONFIG["radiology"]["reader"],
    script:
        "../scripts/collect_readings.py"


# The training patients' apart, and apart from who trains: no other patient's reading fits a model
# again, and none of theirs a score.
use rule collect_readings as collect_training_readings with:
    input:
        **sheets("radiology"),
        cohort="results/cohort/training.tsv",
    output:
        radiology="results/cohort/training_radiology.tsv",
    log:
        "results/logs/collect_training_readings.log",
    benchmark:
        "results/benchmarks/collect_training_readings.tsv"
    params:
        code=code("collect_readings", "statistics"),
        digest=sheet_digests.training_readings(STUDY),
        reader=CONFIG["radiology"]["reader"],


rule describe_split:
    """Radiological characteristics of the training against the test cohort."""
    input:
        split="results/cohort/split.tsv",
        radiology="results/cohort/radiology.tsv",
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
        dictionary=characteristics,
        reader=CONFIG["radiology"]["reader"],
        simulated=STUDY.simulated,
    script:
        "../scripts/describe_split.py"


rule measure_agreement:
    """Agreement of the two radiologists on every characteristic."""
    input:
        **optional_radiology(),
        split="results/cohort/split.tsv",
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
