# What a manuscript takes from the study: formatted tables, Methods and Results, checklists.

DRAFT_SOURCES = [
    WORKFLOW / "resources" / "references.bib",
    WORKFLOW / "schemas" / "config.schema.yaml",
]
DEFINED = [{**e, "definition": STUDY.definitions[e["name"]]} for e in STUDY.dictionary]
CHECKLIST_SOURCES = sorted((WORKFLOW / "resources" / "checklists").iterdir())


rule format_tables:
    """Every table as a journal prints it, in one Word document and one workbook."""
    input:
        tables=targets.tables(STUDY),
        headers=targets.headers(targets.tables(STUDY)),
        models=targets.models(STUDY),
        stability=targets.stability(STUDY),
    output:
        document="results/manuscript/tables.docx",
        workbook="results/manuscript/tables.xlsx",
    log:
        "results/logs/format_tables.log",
    benchmark:
        "results/benchmarks/format_tables.tsv"
    conda:
        "../../envs/manuscript.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("format_tables", "manuscript"),
        modalities=list(STUDY.modalities),
        outcome=CONFIG["outcome"],
        title=CONFIG["study"]["title"],
        dictionary=DEFINED,
        simulated=STUDY.mark,
    script:
        "../scripts/format_tables.py"


rule write_draft:
    """Methods and Results with the numbers of this run, and the literature that they cite."""
    input:
        **targets.inspected(STUDY),
        tables=targets.tables(STUDY),
        models=targets.models(STUDY),
        stability=targets.stability(STUDY),
        covariates="results/covariates.tsv",
        provenance="results/provenance.json",
    output:
        markdown="results/manuscript/methods_and_results.md",
        document="results/manuscript/methods_and_results.docx",
        references="results/manuscript/references.bib",
    log:
        "results/logs/write_draft.log",
    benchmark:
        "results/benchmarks/write_draft.tsv"
    conda:
        "../../envs/manuscript.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("write_draft", "manuscript", *DRAFT_SOURCES),
        config=CONFIG,
        dictionary=DEFINED,
        figures=[Path(path).stem for path in targets.figures(STUDY)],
        simulated=STUDY.mark,
    script:
        "../scripts/write_draft.py"


rule fill_checklists:
    """CLEAR, METRICS and TRIPOD+AI: what of the run answers each item, and what the authors owe."""
    input:
        files=evidence.artefacts(STUDY),
        models=targets.models(STUDY),
        draft="results/manuscript/methods_and_results.md",
    output:
        tables=targets.CHECKLISTS,
        headers=[path.replace(".tsv", ".header.txt") for path in targets.CHECKLISTS],
        document="results/manuscript/checklists.docx",
    log:
        "results/logs/fill_checklists.log",
    benchmark:
        "results/benchmarks/fill_checklists.tsv"
    conda:
        "../../envs/manuscript.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("fill_checklists", "manuscript", *CHECKLIST_SOURCES),
        study=CONFIG["study"],
        has=evidence.parts(STUDY),
        simulated=STUDY.mark,
    script:
        "../scripts/fill_checklists.py"
