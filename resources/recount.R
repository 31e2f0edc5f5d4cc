# A finished study counted again in R, by other people's code: glm, MASS, pROC, stats.
#
#   Rscript resources/recount.R STUDY
#
# Every value that R has too is computed anew from the sheets, results/predictions.tsv and
# results/covariates.tsv, and compared with results/tables and results/models. A line per table and
# quantity; the exit code is 1 where one differs by more than TOLERANCE. Needs the packages pROC,
# MASS, jsonlite and yaml. What is left out, as R has no counterpart in these packages: fits by
# Firth's method, LASSO paths, deep features and their ICC, bootstrap bands.

suppressPackageStartupMessages({
  library(pROC)
  library(MASS)
})
TOLERANCE <- 1e-6 # relative to the value, or absolute below 1

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) != 1) stop("say which study: Rscript resources/recount.R STUDY")
study <- arguments[[1]]
script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
results <- file.path(study, "results")
if (!file.exists(file.path(results, "provenance.json"))) {
  stop(file.path(results, "provenance.json"), " is not there: run the study first")
}

read_tsv <- function(path, na.strings = "", ...) {
  start <- as.integer(readBin(path, "raw", 2))
  wide <- identical(start, c(255L, 254L)) || identical(start, c(254L, 255L)) # Excel's Unicode text
  read.delim(
    path,
    check.names = FALSE, quote = "\"", na.strings = na.strings, encoding = "UTF-8",
    fileEncoding = if (wide) "UTF-16" else "UTF-8-BOM", ...
  )
}
by_patient <- c(patient = "character")
table_of <- function(name, ...) read_tsv(file.path(results, "tables", paste0(name, ".tsv")), ...)
has_table <- function(name) file.exists(file.path(results, "tables", paste0(name, ".tsv")))

config <- jsonlite::fromJSON(file.path(results, "provenance.json"), simplifyDataFrame = FALSE)$config
predictions <- read_tsv(file.path(results, "predictions.tsv"), colClasses = by_patient)
covariates <- read_tsv(file.path(results, "covariates.tsv"), colClasses = by_patient)
cohorts <- read_tsv(file.path(results, "cohort", "split.tsv"), colClasses = by_patient)
sheet_of <- function(path) {
  path <- if (startsWith(path, "/")) path else file.path(study, path)
  read_tsv(path, c("", "NA"), colClasses = "character", strip.white = TRUE)
}
models <- lapply(
  list.files(file.path(results, "models"), "\\.json$", full.names = TRUE),
  jsonlite::fromJSON, simplifyDataFrame = FALSE
)
names(models) <- vapply(models, `[[`, "", "model")

# what was compared: a row per table and quantity
found <- data.frame()
compare <- function(table, quantity, ours, theirs) {
  ours <- as.numeric(ours)
  theirs <- as.numeric(theirs)
  distance <- abs(ours - theirs) / pmax(1, abs(theirs))
  distance[ours == theirs] <- 0 # infinite ones too
  distance[is.na(ours) != is.na(theirs)] <- Inf
  distance <- distance[!(is.na(ours) & is.na(theirs))]
  if (length(distance)) {
    row <- data.frame(table, quantity, values = length(distance), largest = max(distance))
    found <<- rbind(found, row)
  }
}
quietly <- function(expression) suppressMessages(suppressWarnings(expression))

# --- performance ---------------------------------------------------------------------------------

members <- function(protocol, cohort, model) {
  rows <- predictions[predictions$protocol == protocol & predictions$cohort == cohort &
    predictions$model == model & !is.na(predictions$outcome) & !is.na(predictions$probability), ]
  rows[order(rows$patient), ]
}
curve <- function(y, p) roc(y, p, direction = "<", levels = 0:1, quiet = TRUE)
curve_of <- function(rows) curve(rows$outcome, rows$probability)
area_of <- function(rows) { # low, AUC, high; pROC has no AUC where it has no interval
  curve <- curve_of(rows)
  reach <- quietly(ci.auc(curve))
  c(reach[1], auc(curve), reach[3])
}
log_odds <- function(p) qlogis(pmin(pmax(p, 1e-12), 1 - 1e-12))
two_classes <- function(rows) length(unique(rows$outcome)) == 2

performance <- table_of("performance")
for (i in seq_len(nrow(performance))) {
  row <- performance[i, ]
  rows <- members(row$protocol, row$cohort, row$model)
  y <- rows$outcome
  p <- rows$probability
  said <- function(quantity, theirs) compare("performance", quantity, row[[quantity]], theirs)
  said("n", length(y))
  said("events", sum(y))
  called <- p >= row$threshold
  tp <- sum(called & y == 1)
  tn <- sum(!called & y == 0)
  cells <- c("tp", "fp", "fn", "tn")
  right <- c(tp, sum(called & y == 0), sum(!called & y == 1), tn)
  compare("performance", "tp, fp, fn, tn", unlist(row[cells]), right)
  rates <- list(
    accuracy = c(tp + tn, length(y)), sensitivity = c(tp, sum(y == 1)),
    specificity = c(tn, sum(y == 0)), ppv = c(tp, sum(called)), npv = c(tn, sum(!called))
  )
  for (name in names(rates)) {
    if (rates[[name]][2] == 0) next
    said(name, rates[[name]][1] / rates[[name]][2])
    wilson <- quietly(prop.test(rates[[name]][1], rates[[name]][2], correct = FALSE))$conf.int
    ours <- unlist(row[paste0(name, c("_low", "_high"))])
    compare("performance", "Wilson intervals", ours, wilson)
  }
  said("brier", mean((y - p)^2))
  if (!two_classes(rows)) next
  compare("performance", "auc and interval", unlist(row[c("auc_low", "auc", "auc_high")]), area_of(rows))
  offset <- log_odds(p)
  # glm does not converge where log odds are extreme; the likelihood has one equation to solve
  reach <- c(-1, 1) * (max(abs(offset)) + 40)
  said("citl", uniroot(function(a) sum(plogis(a + offset)) - sum(y), reach, tol = 1e-12)$root)
  if (!is.na(row$slope)) {
    fit <- glm(y ~ offset, family = binomial)
    compare("performance", "intercept, slope", unlist(row[c("intercept", "slope")]), coef(fit))
    limits <- quietly(confint(fit))["offset", ]
    known <- !is.na(limits) # where the profile is flat R's search ends without a limit
    ours <- unlist(row[c("slope_low", "slope_high")])
    compare("performance", "slope's interval", ours[known], limits[known])
  }
}

if (has_table("subgroups")) {
  subgroups <- table_of("subgroups", colClasses = c(level = "character"))
  sheet <- sheet_of(config$sheets$patients)
  for (i in which(!is.na(subgroups$level))) {
    row <- subgroups[i, ]
    inside <- sheet$patient[sheet[[row$variable]] %in% row$level]
    rows <- members(row$protocol, row$cohort, row$model)
    rows <- rows[rows$patient %in% inside, ]
    compare("subgroups", "n, events", c(row$n, row$events), c(nrow(rows), sum(rows$outcome)))
    if (!two_classes(rows)) next
    compare("subgroups", "auc and interval", unlist(row[c("auc_low", "auc", "auc_high")]), area_of(rows))
  }
  whole <- which(is.na(subgroups$level) & !is.na(subgroups$q))
  for (i in whole[subgroups$df[whole] == 1]) { # of two levels Q is the square of the unpaired z
    row <- subgroups[i, ]
    levels <- unique(stats::na.omit(sheet[[row$variable]]))
    all <- members(row$protocol, row$cohort, row$model)
    curves <- lapply(levels, function(level) {
      rows <- all[all$patient %in% sheet$patient[sheet[[row$variable]] %in% level], ]
      if (two_classes(rows)) curve_of(rows)
    })
    curves <- Filter(function(each) !is.null(each) && quietly(var(each)) > 1e-24, curves)
    if (length(curves) != 2) next
    z <- (auc(curves[[1]]) - auc(curves[[2]])) / sqrt(var(curves[[1]]) + var(curves[[2]]))
    compare("subgroups", "q", row$q, z^2)
  }
}

# --- comparisons ---------------------------------------------------------------------------------

delong <- table_of("delong")
for (i in seq_len(nrow(delong))) {
  row <- delong[i, ]
  sides <- lapply(c(row$model_a, row$model_b), members, protocol = row$protocol, cohort = row$cohort)
  both <- merge(sides[[1]], sides[[2]], by = "patient")
  if (length(unique(both$outcome.x)) < 2 || is.na(row$p) || row$difference == 0) next
  curves <- lapply(both[c("probability.x", "probability.y")], curve, y = both$outcome.x)
  test <- quietly(roc.test(curves[[1]], curves[[2]], method = "delong", paired = TRUE))
  theirs <- c(test$estimate[[1]] - test$estimate[[2]], test$statistic, test$p.value)
  compare("delong", "difference, z, p", unlist(row[c("difference", "z", "p")]), theirs)
}
for (part in split(delong, list(delong$protocol, delong$cohort), drop = TRUE)) {
  compare("delong", "p_adjusted", part$p_adjusted, p.adjust(part$p, "holm"))
}
if (has_table("delong_cohorts")) {
  pairs <- table_of("delong_cohorts")
  for (i in seq_len(nrow(pairs))) {
    row <- pairs[i, ]
    sides <- lapply(c(row$cohort_a, row$cohort_b), members, protocol = row$protocol, model = row$model)
    if (is.na(row$p) || !all(vapply(sides, two_classes, TRUE))) next
    curves <- lapply(sides, curve_of)
    test <- quietly(roc.test(curves[[1]], curves[[2]], method = "delong", paired = FALSE))
    theirs <- c(test$statistic, test$parameter, test$p.value)
    compare("delong_cohorts", "t, df, p", unlist(row[c("t", "df", "p")]), theirs)
  }
}

# --- centers -------------------------------------------------------------------------------------

# tables of centers stay where the sheet no longer has several
labelled <- cohorts$patient[!is.na(cohorts$outcome)]
center_of <- sheet_of(config$sheets$patients)
center_of <- center_of[names(center_of) %in% c("patient", "center")]
stated <- na.omit(center_of$center[center_of$patient %in% labelled])
if (has_table("centers") && length(unique(stated)) > 1) {
  at_centers <- function(row) merge(members(row$protocol, row$cohort, row$model), center_of)
  centers <- table_of("centers", colClasses = c(center = "character"))
  for (i in seq_len(nrow(centers))) {
    row <- centers[i, ]
    rows <- at_centers(row)
    rows <- rows[if (row$center == "not stated") is.na(rows$center) else rows$center %in% row$center, ]
    means <- c(mean(rows$outcome), mean(rows$probability))
    compare("centers", "observed, predicted", unlist(row[c("observed", "predicted")]), means)
    if (!two_classes(rows)) next
    compare("centers", "auc and interval", unlist(row[c("auc_low", "auc", "auc_high")]), area_of(rows))
  }
  effects <- table_of("center_effects")
  for (i in which(effects$method == "analysis of covariance")) {
    row <- effects[i, ]
    rows <- subset(at_centers(transform(row, model = tested)), !is.na(center))
    rows$log_odds <- log_odds(rows$probability)
    fits <- list(lm(log_odds ~ outcome, rows), lm(log_odds ~ outcome + center, rows))
    test <- anova(fits[[1]], fits[[2]])
    theirs <- c(test$F[2], test$Df[2], test$Res.Df[2], test[["Pr(>F)"]][2])
    compare("center_effects", "f, df1, df2, p", unlist(row[c("f", "df1", "df2", "p")]), theirs)
    compare("center_effects", "r2", row$r2, 1 - deviance(fits[[2]]) / deviance(fits[[1]]))
  }
  for (part in split(effects, list(effects$protocol, effects$cohort), drop = TRUE)) {
    part <- part[part$tested != "outcome", ]
    compare("center_effects", "p_adjusted", part$p_adjusted, p.adjust(part$p, "holm"))
  }
}

# --- clinical usefulness -------------------------------------------------------------------------

decision <- table_of("decision_curve")
for (part in split(decision, list(decision$protocol, decision$cohort, decision$model), drop = TRUE)) {
  if (!part$model[1] %in% names(models)) next
  # all curves of a cohort are of the patients for whom every model has a probability
  known <- lapply(names(models), function(name) members(part$protocol[1], part$cohort[1], name)$patient)
  rows <- members(part$protocol[1], part$cohort[1], part$model[1])
  rows <- rows[rows$patient %in% Reduce(intersect, known), ]
  if (!two_classes(rows)) next
  benefit <- vapply(part$threshold, function(t) {
    called <- rows$probability >= t
    (sum(called & rows$outcome == 1) - sum(called & rows$outcome == 0) * t / (1 - t)) / nrow(rows)
  }, 0)
  compare("decision_curve", "net_benefit", part$net_benefit, benefit)
}

# --- the models' own regressions -----------------------------------------------------------------

linear_predictor <- function(name) {
  model <- models[[name]]
  if (startsWith(name, "DLRS_")) {
    score <- covariates[[name]]
    return(model$intercept + model$covariates[[1]]$coefficient * score)
  }
  total <- rep(model$intercept, nrow(covariates))
  for (each in model$covariates) {
    total <- total + each$coefficient * column_of(each, model)
  }
  total
}
column_of <- function(covariate, model) {
  if (covariate$source == "model") return(linear_predictor(covariate$name))
  if (covariate$source == "score") return(covariates[[covariate$name]])
  covariates[[paste0(model$modality, ":", covariate$name)]]
}
train <- covariates$cohort == "train"
fitted_here <- is.null(config$apply_models)
for (model in if (fitted_here) models else list()) {
  if (model$separated || !length(model$covariates)) next
  if (any(vapply(model$covariates, function(each) is.null(each$standard_error), TRUE))) next
  design <- as.data.frame(lapply(model$covariates, column_of, model = model))[train, , drop = FALSE]
  names(design) <- paste0("x", seq_along(design))
  complete <- stats::complete.cases(design)
  if (sum(complete) != model$n) next # imputed values are in the sheet's place
  fit <- glm(covariates$outcome[train][complete] ~ ., data = design[complete, , drop = FALSE], family = binomial)
  values <- summary(fit)$coefficients
  ours <- function(key) vapply(model$covariates, `[[`, 0, key)
  compare("models", "coefficients", c(model$intercept, ours("coefficient")), coef(fit))
  compare("models", "standard errors", ours("standard_error"), values[-1, 2])
  compare("models", "p", ours("p"), values[-1, 4])
  interval <- quietly(confint(fit))[-1, , drop = FALSE]
  if (!anyNA(interval)) compare("models", "profile intervals", c(ours("low"), ours("high")), interval)
}

# --- radiological characteristics ----------------------------------------------------------------

paths <- c(file.path(study, config$characteristics), file.path(dirname(script), "..", config$characteristics))
dictionary <- yaml::read_yaml(paths[file.exists(paths)][1])
settings <- config$radiology
sheet <- config$sheets$radiology
if (fitted_here && !is.null(sheet) && settings$missing == "complete_case") {
  readings <- sheet_of(sheet)
  readings <- readings[readings$reader == settings$reader, ]
  training <- cohorts[cohorts$cohort == "train", ]
  outcome_of <- setNames(training$outcome, training$patient)
  for (modality in vapply(config$modalities, `[[`, "", "name")) {
    if (!has_table(paste0("characteristics_", modality))) next
    table <- table_of(paste0("characteristics_", modality))
    own <- readings[readings$modality == modality & readings$patient %in% training$patient, ]
    y <- outcome_of[own$patient]
    ml <- table$separated == "no" & table$method == "maximum likelihood"
    name <- paste0("characteristics_", modality)
    for (entry in dictionary) {
      if (!modality %in% entry$modalities) next
      place <- which(table$characteristic == entry$label)
      if (entry$type == "nominal") {
        x <- factor(own[[entry$name]], levels = names(entry$levels), labels = unlist(entry$levels))
        x <- droplevels(x)
        kept <- !is.na(x)
        if (table$method[place] != "likelihood ratio" || table$separated[place] == "yes") next
        fit <- glm(y[kept] ~ x[kept], family = binomial)
        test <- anova(fit, test = "LRT")
        compare(name, "likelihood ratio p", table$p[place], test[2, ncol(test)])
      } else if (ml[place]) {
        x <- as.numeric(own[[entry$name]])
        fit <- glm(y ~ x, family = binomial)
        row <- table[place, ]
        compare(name, "n", row$n, sum(!is.na(x)))
        compare(name, "or, p", c(row$or, row$p), c(exp(coef(fit)[["x"]]), summary(fit)$coefficients["x", 4]))
        compare(name, "low, high", c(row$low, row$high), exp(quietly(confint(fit))["x", ]))
      }
    }
    selection <- table_of(paste0("selection_", modality))
    candidates <- selection$characteristic[selection$candidate == "yes"]
    entries <- Filter(function(each) modality %in% each$modalities, dictionary)
    entries <- Filter(function(each) each$label %in% candidates, entries)
    if (!length(entries) || settings$direction != "both") next
    data <- as.data.frame(lapply(entries, function(each) {
      values <- own[[each$name]]
      if (each$type == "nominal") factor(values, names(each$levels)) else as.numeric(values)
    }))
    names(data) <- vapply(entries, `[[`, "", "name")
    data$y <- y
    data <- stats::na.omit(data)
    full <- quietly(glm(y ~ ., data = data, family = binomial, control = glm.control(maxit = 100)))
    step <- quietly(stepAIC(full, trace = 0))
    kept <- selection$characteristic[selection$retained == "yes"]
    stayed <- Filter(function(each) each$name %in% attr(terms(step), "term.labels"), entries)
    theirs <- vapply(stayed, `[[`, "", "label")
    compare(paste0("selection_", modality), "kept by stepAIC", setequal(kept, theirs), TRUE)
  }
}

# --- baseline ------------------------------------------------------------------------------------

tests <- list(
  "Welch's t" = function(x, y) t.test(x ~ y)$p.value,
  "Mann-Whitney" = function(x, y) wilcox.test(x ~ y, exact = FALSE, correct = TRUE)$p.value,
  "Mann-Whitney (exact)" = function(x, y) wilcox.test(x ~ y, exact = TRUE)$p.value,
  "chi-square" = function(x, y) chisq.test(table(x, y), correct = FALSE)$p.value,
  "chi-square (Yates)" = function(x, y) chisq.test(table(x, y), correct = TRUE)$p.value,
  "Fisher's exact" = function(x, y) fisher.test(table(x, y), workspace = 2e7)$p.value
)

# x by y, patient by patient: the test that the row names
compare_row <- function(table, row, x, y) {
  if (row$variable %in% config$clinical$numeric) x <- as.numeric(x)
  known <- !is.na(x)
  theirs <- quietly(tests[[row$method]](x[known], y[known]))
  compare(table, paste("p of", row$method), row$p, theirs)
}

described <- merge(cohorts[!is.na(cohorts$outcome), ], sheet_of(config$sheets$patients),
  by = "patient", suffixes = c("", ".sheet"))

if (has_table("baseline") && nrow(baseline <- table_of("baseline"))) {
  for (i in which(is.na(baseline$level) & baseline$method %in% names(tests))) {
    row <- baseline[i, ]
    rows <- described[described$cohort == row$cohort, ]
    compare_row("baseline", row, rows[[row$variable]], rows$outcome)
  }
}

if (has_table("external_balance")) {
  external <- table_of("external_balance")
  rows <- described[described$cohort %in% c("train", "external"), ]
  theirs <- is.na(external$level) & external$kind != "characteristic"
  for (i in which(theirs & external$method %in% names(tests))) {
    row <- external[i, ]
    compare_row("external_balance", row, rows[[row$variable]], rows$cohort)
  }
}

# --- the verdict ---------------------------------------------------------------------------------

summary_of <- aggregate(cbind(values, largest) ~ table + quantity, found, function(x) c(sum(x), max(x)))
told <- data.frame(
  table = summary_of$table, quantity = summary_of$quantity, values = summary_of$values[, 1],
  difference = format(summary_of$largest[, 2], digits = 2, scientific = TRUE),
  verdict = ifelse(summary_of$largest[, 2] <= TOLERANCE, "equal", "DIFFERENT")
)
told <- told[order(told$table, told$quantity), ]
print(told, row.names = FALSE, right = FALSE)
different <- sum(told$verdict != "equal")
cat(sprintf("\n%d values of %d tables, %d quantities; %d of these differ by more than %g.\n",
  sum(told$values), length(unique(told$table)), nrow(told), different, TOLERANCE))
quit(status = as.integer(different > 0))
