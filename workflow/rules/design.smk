# The design of the study as a figure, drawn from the rules themselves.


rule plot_design:
    """The design of the study: its steps from the sheets to the report, and which needs which."""
    output:
        png=shown("results/figures/design.png", "Cohort"),
        svg="results/figures/design.svg",
    log:
        "results/logs/plot_design.log",
    benchmark:
        "results/benchmarks/plot_design.tsv"
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("plot_design", "plotting"),
        design=study_design,
        simulated=STUDY.simulated,
    script:
        "../scripts/plot_design.py"
