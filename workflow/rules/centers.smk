# Studies of several centres: do the models do alike in all of them?

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
            simulated=STUDY.simulated,
        script:
            "../scripts/compare_centers.py"
