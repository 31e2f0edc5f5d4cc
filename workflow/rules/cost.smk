# What the study cost: the benchmark files of all its jobs -> a table and a figure, after all else.
# The files are no inputs: one that was deleted must not make its job run again.


rule measure_cost:
    """Core-seconds and peak memory of every rule, and what the next patient costs."""
    input:
        **targets.inspected(STUDY),
        results=targets.results(STUDY),
    output:
        table=shown("results/cost.tsv", "Cost"),
        header="results/cost.header.txt",
    log:
        "results/logs/measure_cost.log",
    benchmark:
        "results/benchmarks/measure_cost.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
    params:
        code=code("measure_cost", "report"),
        benchmarks="results/benchmarks",
        cores=lambda wildcards: reserved_cores(),
        places=targets.places(STUDY),
        finetuned=networks.finetuned(STUDY),
        simulated=STUDY.simulated,
    script:
        "../scripts/measure_cost.py"


rule plot_cost:
    """Core time and peak memory by rule."""
    input:
        table="results/cost.tsv",
    output:
        png=shown("results/figures/cost.png", "Cost"),
        svg="results/figures/cost.svg",
    log:
        "results/logs/plot_cost.log",
    benchmark:
        "results/benchmarks/plot_cost.tsv"
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("plot_cost", "plotting"),
        simulated=STUDY.simulated,
    script:
        "../scripts/plot_cost.py"
