# The last look at all counts, the report, and the record of what it was made from.


report: "../report/study.rst"


rule reconcile_counts:
    """Count the patients of every table anew, and stop where two numbers differ."""
    input:
        **optional_radiology(),
        tables=targets.counted(STUDY),
        split="results/cohort/split.tsv",
        predictions="results/predictions.tsv",
        patients=CONFIG["sheets"]["patients"],
    output:
        table=shown("results/tables/reconciliation.tsv", "How far to believe it"),
        header="results/tables/reconciliation.header.txt",
    log:
        "results/logs/reconcile_counts.log",
    benchmark:
        "results/benchmarks/reconcile_counts.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("reconcile_counts", "statistics"),
        sheets=contents("patients", "radiology"),
        dictionary=STUDY.dictionary,
        modalities=STUDY.read_modalities,
        radiology={key: CONFIG["radiology"][key] for key in ("reader", "missing")},
        clinical=CONFIG["clinical"],
        test_fraction=CONFIG["split"]["test_fraction"],
        simulated=STUDY.mark,
    script:
        "../scripts/reconcile_counts.py"


rule record_provenance:
    """Versions, digests of config and inputs, the commit, the seeds."""
    input:
        **networks.records(STUDY),
        sheets=study_sheets(),
        sources=lambda wildcards: targets.per_image(STUDY, "source.json"),
        models=targets.models(STUDY),
        # so that its commit is that of the last table and figure
        made=[*targets.tables(STUDY), *targets.figures(STUDY)],
    output:
        provenance="results/provenance.json",
    log:
        "results/logs/record_provenance.log",
    benchmark:
        "results/benchmarks/record_provenance.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
    params:
        code=code("record_provenance", "report"),
        contents=contents("patients", "images", "radiology"),
        config=CONFIG,
        dictionary=STUDY.dictionary,
        left_out=STUDY.left_out,
        pins=deployed_pins(),
    script:
        "../scripts/record_provenance.py"


rule write_report:
    """All tables and figures of the study on one page that needs no network."""
    input:
        **targets.inspected(STUDY),
        tables=targets.tables(STUDY),
        figures=targets.figures(STUDY),
        models=targets.models(STUDY),
        # so that its commit is that of the last table and figure
        made=[*targets.tables(STUDY), *targets.figures(STUDY)],
        contact_sheets=targets.contact_sheets(STUDY),
        stability=targets.stability(STUDY),
        predictions="results/predictions.tsv",
        covariates="results/covariates.tsv",
        provenance="results/provenance.json",
    output:
        report=shown("results/report.html", "Report"),
    log:
        "results/logs/write_report.log",
    benchmark:
        "results/benchmarks/write_report.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("write_report", "report", *report_templates(), PROJECT),
        title=CONFIG["study"]["title"],
        config=CONFIG,
        simulated=STUDY.mark,
    script:
        "../scripts/write_report.py"


onsuccess:
    print(progress.pages_made(STARTED), file=sys.stderr)
    for left in leftovers.told(STUDY):
        print("Note:", left, file=sys.stderr)
