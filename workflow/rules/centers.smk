# Groups of patients: do the models do alike in all centres, and in all subgroups?

if STUDY.several_centers:

    rule compare_centers:
        """Every model in every centre, and whether outcome and models differ between them."""
        input:
            **sheets("patients"),
            predictions="results/predictions.tsv",
        output:
            centers=shown("results/tables/centers.tsv", "Performance"),
            centers_header="results/tables/centers.header.txt",
            effects=shown("results/tables/center_effects.tsv", "How far to believe it"),
            effects_header="results/tables/center_effects.header.txt",
        log:
            "results/logs/compare_centers.log",
        benchmark:
            "results/benchmarks/compare_centers.tsv"
        conda:
            "../../envs/statistics.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000),
        params:
            code=code("compare_centers", "statistics"),
            digest=sheet_digests.centers(STUDY),
            simulated=STUDY.mark,
        script:
            "../scripts/compare_centers.py"


if STUDY.subgroups:

    rule compare_subgroups:
        """Every model in the subgroups of clinical variables, and whether its AUC differs."""
        input:
            patients=CONFIG["sheets"]["patients"],
            predictions="results/predictions.tsv",
        output:
            table=shown("results/tables/subgroups.tsv", "Performance"),
            header="results/tables/subgroups.header.txt",
        log:
            "results/logs/compare_subgroups.log",
        benchmark:
            "results/benchmarks/compare_subgroups.tsv"
        conda:
            "../../envs/statistics.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000),
        params:
            code=code("compare_subgroups", "statistics"),
            sheets=contents("patients"),
            variables=STUDY.subgroups,
            labels=CONFIG["clinical"]["labels"],
            simulated=STUDY.mark,
        script:
            "../scripts/compare_subgroups.py"


if drawn.forest_models(STUDY):

    rule plot_forest:
        """The AUC of the model that the study is about, in every centre and subgroup."""
        input:
            performance="results/tables/performance.tsv",
            centers=["results/tables/centers.tsv"] if STUDY.several_centers else [],
            subgroups=["results/tables/subgroups.tsv"] if STUDY.subgroups else [],
        output:
            png=shown("results/figures/forest.png", "Performance"),
            svg="results/figures/forest.svg",
        log:
            "results/logs/plot_forest.log",
        benchmark:
            "results/benchmarks/plot_forest.tsv"
        conda:
            "../../envs/plotting.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000),
        params:
            code=code("plot_forest", "plotting"),
            models=STUDY.models,
            shown=drawn.forest_models(STUDY),
            simulated=STUDY.mark,
        script:
            "../scripts/plot_forest.py"
