# A published study's printed tables -> what they say about one another. Needs no images, no models.
from radfuse.audit.facts import fact_files

PUBLICATION = CONFIG["audit"] or str(WORKFLOW.parent / "resources" / "paper")


rule audit:
    """Check a published study from its printed tables alone."""
    input:
        facts=lambda wildcards: fact_files(PUBLICATION),
    output:
        table="results/audit/audit.tsv",
        header="results/audit/audit.header.txt",
        page="results/audit/audit.html",
    log:
        "results/logs/audit.log",
    benchmark:
        "results/benchmarks/audit.tsv"
    conda:
        "../../envs/audit.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("audit", "audit", *audit_templates()),
        folder=PUBLICATION,
    script:
        "../scripts/audit.py"
