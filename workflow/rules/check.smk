# The study as it stands, before anything is computed: what it has, what it lacks, what is wrong.


rule check:
    """Say what sheets, config, own features and files' headers show; nothing is made."""

    # no benchmark: its file would make a second check look done
    log:
        "results/logs/check.log",
    localrule: True
    conda:
        "../../envs/checks.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
    params:
        code=code("check", "checks"),
        notices=STUDY.notices,
    script:
        "../scripts/check.py"
