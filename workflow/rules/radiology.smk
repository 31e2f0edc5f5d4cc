# The radiological model: a reader's characteristics of the training cohort -> R and its table.


rule fit_radiology:
    """Screen the characteristics, search stepwise, and refit those that stay as R."""
    input:
        training="results/cohort/training.tsv",
        radiology="results/cohort/training_radiology.tsv",
    output:
        model="results/models/R_{modality}.json",
        table=shown("results/tables/characteristics_{modality}.tsv", "Models"),
        header="results/tables/characteristics_{modality}.header.txt",
        selection="results/tables/selection_{modality}.tsv",
        selection_header="results/tables/selection_{modality}.header.txt",
    log:
        "results/logs/fit_radiology/{modality}.log",
    benchmark:
        "results/benchmarks/fit_radiology/{modality}.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("fit_radiology", "statistics"),
        dictionary=characteristics,
        radiology=CONFIG["radiology"],
        outcome=CONFIG["outcome"],
        simulated=STUDY.simulated,
    script:
        "../scripts/fit_radiology.py"
