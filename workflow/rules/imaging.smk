# Imaging: image and masks -> the lesion's region and patches, each image for itself; then the verdict
# on all of them.

if STUDY.simulated:

    rule simulate_image:
        """Draw one image of a simulated patient, and what two readers outline on it."""
        output:
            image=f"{SIMULATED}/{{patient}}/{{modality}}/{{sequence}}/image.nii.gz",
            mask=f"{SIMULATED}/{{patient}}/{{modality}}/{{sequence}}/mask.nii.gz",
            mask_repeat=f"{SIMULATED}/{{patient}}/{{modality}}/{{sequence}}/mask_repeat.nii.gz",
            mask_reader2=f"{SIMULATED}/{{patient}}/{{modality}}/{{sequence}}/mask_reader2.nii.gz",
        log:
            "results/logs/simulate_image/{patient}/{modality}/{sequence}.log",
        benchmark:
            "results/benchmarks/simulate_image/{patient}/{modality}/{sequence}.tsv"
        conda:
            "../../envs/imaging.yaml"
        threads: 1
        resources:
            mem_mb=memory(500),
        params:
            code=code("simulate_image", "imaging"),
            truth=lambda wildcards: STUDY.truths.loc[wildcards.patient].to_dict(),
            seed=CONFIG["simulation"]["seed"],
        script:
            "../scripts/simulate_image.py"


rule resample_roi:
    """Check one image and its masks, cut the lesion out at 1 mm, and draw what was cut."""
    input:
        unpack(image_input),
    output:
        roi="results/roi/{patient}/{modality}/{sequence}/roi.nii.gz",
        mask="results/roi/{patient}/{modality}/{sequence}/mask.nii.gz",
        overlay="results/roi/{patient}/{modality}/{sequence}/overlay.png",
        patches="results/roi/{patient}/{modality}/{sequence}/patches.npz",
        source="results/roi/{patient}/{modality}/{sequence}/source.json",
    log:
        "results/logs/resample_roi/{patient}/{modality}/{sequence}.log",
    benchmark:
        "results/benchmarks/resample_roi/{patient}/{modality}/{sequence}.tsv"
    conda:
        "../../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=image_memory,
    params:
        **IMAGE_PARAMS,
        code=code("resample_roi", "imaging"),
    script:
        "../scripts/resample_roi.py"


rule inspect_images:
    """Pass or fail the images as a whole, and list what was measured and what stands out."""
    input:
        sources=lambda wildcards: targets.per_image(STUDY, "source.json"),
    output:
        inspected="results/inspection.tsv",
        inspected_header="results/inspection.header.txt",
        images="results/roi/images.tsv",
        images_header="results/roi/images.header.txt",
    log:
        "results/logs/inspect_images.log",
    benchmark:
        "results/benchmarks/inspect_images.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("inspect_images", "statistics"),
        # inputs are compared without their order
        modalities=list(STUDY.imaged_modalities),
        simulated=STUDY.simulated,
    script:
        "../scripts/inspect_images.py"


rule draw_contact_sheet:
    """All lesions of one sequence on one sheet."""
    input:
        overlays=lambda wildcards: targets.overlays(STUDY, wildcards.modality, wildcards.sequence),
    output:
        sheet=shown("results/roi/contact_{modality}_{sequence}.png", "Images"),
    log:
        "results/logs/draw_contact_sheet/{modality}_{sequence}.log",
    benchmark:
        "results/benchmarks/draw_contact_sheet/{modality}_{sequence}.tsv"
    conda:
        "../../envs/plotting.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        code=code("draw_contact_sheet", "plotting"),
        simulated=STUDY.simulated,
    script:
        "../scripts/draw_contact_sheet.py"
