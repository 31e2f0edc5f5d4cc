# Negative controls: the lesion shuffled, and the tissue beside it, through all that makes a score.

if STUDY.controlled_modalities:

    rule cut_controls:
        """Patches of one image's negative controls: the lesion shuffled, and what lies beside."""
        input:
            unpack(control_input),
            source="results/roi/{patient}/{modality}/{sequence}/source.json",
        output:
            patches="results/controls/patches/{patient}/{modality}/{sequence}.npz",
        log:
            "results/logs/cut_controls/{patient}/{modality}/{sequence}.log",
        benchmark:
            "results/benchmarks/cut_controls/{patient}/{modality}/{sequence}.tsv"
        conda:
            "../../envs/imaging.yaml"
        threads: 1
        resources:
            mem_mb=image_memory,
        params:
            code=code("cut_controls", "imaging"),
            files=image_files,
            within=image_places,
            roi=STUDY.roi(),
            intensity=lambda wildcards: STUDY.intensity(wildcards.modality),
            seed=CONFIG["validation"]["seed"],
        script:
            "../scripts/cut_controls.py"

    if networks.on_gpu(STUDY):

        use rule extract_features_cuda as extract_controls_cuda with:
            input:
                patches="results/controls/patches/{patient}/{modality}/{sequence}.npz",
                weights=f"{networks.folder(STUDY)}/weights.safetensors",
                record=f"{networks.folder(STUDY)}/backbone.json",
            output:
                features="results/controls/features/{patient}/{modality}/{sequence}.npz",
            log:
                "results/logs/extract_controls/{patient}/{modality}/{sequence}.log",
            benchmark:
                "results/benchmarks/extract_controls_cuda/{patient}/{modality}/{sequence}.tsv"

    else:

        use rule extract_features as extract_controls with:
            input:
                patches="results/controls/patches/{patient}/{modality}/{sequence}.npz",
                network=f"{networks.folder(STUDY)}/network.onnx",
                record=f"{networks.folder(STUDY)}/backbone.json",
            output:
                features="results/controls/features/{patient}/{modality}/{sequence}.npz",
            log:
                "results/logs/extract_controls/{patient}/{modality}/{sequence}.log",
            benchmark:
                "results/benchmarks/extract_controls/{patient}/{modality}/{sequence}.tsv"

    rule assemble_controls:
        """One matrix per modality and negative control, of all patients with an outcome."""
        input:
            files=lambda wildcards: negative_controls.features(STUDY, wildcards.modality),
        output:
            shuffled="results/controls/shuffled_{modality}.parquet",
            background="results/controls/background_{modality}.parquet",
        log:
            "results/logs/assemble_controls/{modality}.log",
        benchmark:
            "results/benchmarks/assemble_controls/{modality}.tsv"
        conda:
            "../../envs/statistics.yaml"
        threads: 1
        resources:
            mem_mb=memory(2000),
        params:
            code=code("assemble_controls", "statistics"),
            sequences=lambda wildcards: STUDY.modalities[wildcards.modality]["sequences"],
        script:
            "../scripts/assemble_controls.py"

    use rule assemble_controls as assemble_training_controls with:
        input:
            files=lambda wildcards: negative_controls.features(
                STUDY, wildcards.modality, STUDY.training.index
            ),
        output:
            shuffled="results/controls/training/shuffled_{modality}.parquet",
            background="results/controls/training/background_{modality}.parquet",
        log:
            "results/logs/assemble_training_controls/{modality}.log",
        benchmark:
            "results/benchmarks/assemble_training_controls/{modality}.tsv"

    rule fit_control:
        """A modality's score, learnt on a negative control of the training cohort."""
        input:
            features="results/controls/training/{control}_{modality}.parquet",
            stability="results/features/stability_{modality}.tsv",
            training="results/cohort/training.tsv",
        output:
            model="results/controls/models/{control}_{modality}.json",
        log:
            "results/logs/fit_control/{control}_{modality}.log",
        benchmark:
            "results/benchmarks/fit_control/{control}_{modality}.tsv"
        wildcard_constraints:
            control=either(CONTROLS),
        conda:
            "../../envs/statistics.yaml"
        threads: 1
        resources:
            mem_mb=memory(3000),
        params:
            code=code("fit_control", "statistics"),
            score=CONFIG["score"],
            # fine-tuned networks have seen the lesions of all folds, and not their controls
            crossfit={
                "folds": 0 if networks.finetuned(STUDY) else STUDY.crossfit_folds,
                "seed": CONFIG["validation"]["seed"],
            },
            simulated=STUDY.simulated,
        script:
            "../scripts/fit_control.py"

    rule compare_controls:
        """The scores of the negative controls against the lesions' own."""
        input:
            models=negative_controls.models(STUDY),
            features=negative_controls.matrices(STUDY),
            predictions="results/predictions.tsv",
            crossfit=targets.crossfit_scores(STUDY),
        output:
            table=shown("results/tables/negative_controls.tsv", "How far to believe it"),
            header="results/tables/negative_controls.header.txt",
        log:
            "results/logs/compare_controls.log",
        benchmark:
            "results/benchmarks/compare_controls.tsv"
        conda:
            "../../envs/statistics.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000),
        params:
            code=code("compare_controls", "statistics"),
            simulated=STUDY.simulated,
        script:
            "../scripts/compare_controls.py"
