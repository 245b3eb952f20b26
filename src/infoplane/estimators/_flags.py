"""The warnings a number can carry: machine-readable word, what it means, what to do about it."""

FLAGS: dict[str, tuple[str, str]] = {
    "no_null": (
        "No permutation null was computed, so nothing says how large this number is when there is no information.",
        "Ask for permutations, where they can be asked for (at least 100 for a p-value near 0.01).",
    ),
    "few_permutations": (
        "The permutation null has fewer than 20 draws, so its 95 % bound is not resolved.",
        "Ask for more permutations.",
    ),
    "not_above_null": (
        "The value does not exceed the 95 % bound of its permutation null.",
        "Read it as no evidence of information; more samples may change that.",
    ),
    "negative": (
        "The cross-fitted lower bound is below zero: the fitted rule does worse than the label frequencies.",
        "Read it as zero information found by this rule; use more samples or fewer dimensions.",
    ),
    "few_samples": (
        "Fewer than ten samples a label or a component on average, or a label with fewer samples than folds.",
        "Use more samples, or fewer labels; the interval does not cover the variation of the fit.",
    ),
    "undersampled": (
        "Over a tenth of the samples are the only ones of their value or combination, so many were never seen.",
        "Use more samples or coarser values; read the value as an order of size, its bias can exceed the interval.",
    ),
    "saturated": (
        "The value is within 5 % of its ceiling, so differences up there cannot be seen.",
        "Use more or finer labels, or compare calibrated log-scores instead.",
    ),
    "labels_vary_in_group": (
        "Labels, or what they are read beyond, differ inside a group, so the null permutes single items.",
        "Give groups in which the label is constant, or read the null as too narrow and p as too small.",
    ),
    "difference_of_bounds": (
        "The value is a difference of two lower bounds and no bound; its p-value asks whether the rule gains.",
        "Read it with its null; compare it, as between layers; it is too large where the rule misreads the condition.",
    ),
    "gaussian_usable": (
        "What a linear-Gaussian rule says after noise of the printed size was added: no bound, and too much where "
        "canonical pairs are uncorrelated but not independent.",
        "Compare it between layers; do not read it as an amount of information.",
    ),
    "heavy_tails": (
        "The data have far heavier tails than normal ones, which moves a Gaussian formula up or down without bound.",
        "Use copula for odd scales, student_copula for large values that come together, or canonical_pairs.",
    ),
    "not_gaussian": (
        "Higher moments show dependence that a Gaussian formula does not see, or data that are bounded or in clusters.",
        "Use ksg in few dimensions, or a neural critic; read this number as the Gaussian part only.",
    ),
    "deterministic": (
        "One array is a linear function of the other up to rounding, so the information is infinite.",
        "Add noise of a known size to one of them, or treat the values as discrete.",
    ),
    "linear_condition": (
        "Only what the condition predicts linearly was taken out of both sides.",
        "Read a value above zero as information beside a linear condition, or condition on discrete values.",
    ),
    "ties": (
        "More than 1 % of a column are repeated values, and ranks say nothing about their order.",
        "Treat the column as discrete, or add noise of its resolution.",
    ),
    "knn_bias": (
        "A nearest-neighbour estimate in too many dimensions, where its bias is large and unknown: more than four of "
        "two vectors together, or more than five of one beside labels.",
        "Use the default estimator, or compress to fewer dimensions.",
    ),
    "not_exhausted": (
        "A critic found dependence that no simpler rule sees, in so many dimensions or with so wide a bracket between "
        "samples it has seen and others that more may be left.",
        "Read the value as what was found so far; use more samples or fewer dimensions.",
    ),
    "saturated_log_n": (
        "Within one nat of the logarithm of the samples it was contrasted with, which no such bound can exceed.",
        "Use more samples or a larger batch, or an estimator without this ceiling.",
    ),
    "drift": (
        "The value on an eighth of the samples differs from that on all of them by more than noise: it depends on n.",
        "Use more samples or another estimator, and trust the sign of the change more than the interval.",
    ),
    "duplicates": (
        "Some nearest-neighbour distances are zero, which the nearest-neighbour formula does not allow for.",
        "Remove repeated rows, or use an estimator without neighbours.",
    ),
    "dimension_mismatch": (
        "The codes have another number of dimensions than the data seem to fill: too few lose information, too many "
        "break nearest-neighbour estimates.",
        "Use the intrinsic dimension, or an autoencoder where the data lie on a curved surface.",
    ),
    "dimension_unclear": (
        "Two estimates of the intrinsic dimension disagree, or are above eight, where both lean low.",
        "Read the dimension as an order of size; noise, curvature or too few samples make it depend on the scale.",
    ),
    "information_lost": (
        "A held-out linear rule on the uncompressed data finds more information than the codes hold.",
        "Do not use this number: compress less, use an autoencoder, or take the default estimator.",
    ),
    "estimators_disagree": (
        "Two nearest-neighbour estimates of the same codes are further apart than chance explains.",
        "Read neither: the codes are not smooth, or have more dimensions than the data fill.",
    ),
    "spectral": (
        "A diagnostic of the spectrum, not Shannon information: the sign of its error changes from setting to setting.",
        "Compare it between layers of one network; for information use the default estimator.",
    ),
    "leaky_recipe": (
        "Some step of the recipe saw the label of the sample it is judged on, as the published projection does.",
        "Fit every step that uses labels inside cross-fitting, whole groups held out; the measured leak says how much.",
    ),
    "fresh_split": (
        "The layer was chosen on one split and this number computed on another.",
        "Nothing: this is the number to quote for the best layer.",
    ),
    "constant_state": (
        "All states are equal here (for example layer 0 at a shared last token), so nothing can be read.",
        "Read another token, or pool over the content tokens.",
    ),
    "weak_direction": (
        "For this label, fewer than 75 % of the held-out pairs agree with the sign of the direction.",
        "Use more contexts, another contrast prompt, or leave the label out.",
    ),
    "parent_space": (
        "Made with the task space of the model that this one was trained from, whose states were others.",
        "Compare it with the parent's own number and with that of a space built on this model.",
    ),
    "selected_on_reported": (
        "The epoch or the settings were chosen on the very examples that this number is of, as the papers do.",
        "Read it as too high; choose on the tune split for a number to quote.",
    ),
    "few_seeds": (
        "Fewer than six seeds, of which no signs of differences are rarer by chance than 5 %.",
        "Train with more seeds, or read the test by item, which is of these networks only.",
    ),
    "pca_not_mean": (
        "The principal direction explains under 30 % or points away from the mean difference (cosine under 0.5).",
        "Use the mean difference, which nuisance variance does not turn.",
    ),
    "shared_first_token": (
        "Several labels begin with the same token, so a first-token read-out cannot tell them apart.",
        "Read the prompt accuracy, which scores whole labels.",
    ),
    "few_running": (
        "Fewer than 30 answers are still running at this step.",
        "Read the number as anecdotal, or measure more examples.",
    ),
    "oracle": (
        "The plan used the gold label of every example, so the number says what a direction can do, not what is known.",
        "Compare it with the rows of random and other directions; never read it as the accuracy of a method.",
    ),
    "control": (
        "The number is what another is judged against: random directions of the same size or dose, or no steering.",
        "Read the row of the labels' own directions beside it.",
    ),
    "like_control": (
        "The value differs from its control no more than exchanging the two, group by group, does by chance.",
        "Read it as no effect of its own; more examples may change that.",
    ),
    "one_answer": (
        "All answers are the same label, so they tell nothing.",
        "Read the accuracy as the share of that label; steer less, or elsewhere.",
    ),
    "dose_not_reached": (
        "No strength spends the dose asked for on the tune split, so the natural size of the directions was used.",
        "Read the divergence for what was spent; ask for less, or steer other layers.",
    ),
    "dose_off": (
        "The divergence on these examples is over a quarter away from the dose that was set on the tune split.",
        "Read the divergence, not the dose, as what was spent; use more examples of the tune split.",
    ),
    "no_dose": (
        "Steering here moves the next token by nothing, so nothing can be told per nat.",
        "Read it as nothing written; steer an earlier layer or another token.",
    ),
    "few_layers": (
        "Fewer than five layers, whose order by chance alone can agree or disagree.",
        "Read the numbers of the layers themselves.",
    ),
    "absent_labels": (
        "Some labels do not occur among these examples and count as an F1 of 0, so macro-F1 cannot exceed its ceiling.",
        "Use more examples; compare it only with macro-F1 on the same ones.",
    ),
    "alike_layers": (
        "Layers next to each other are alike, so p is too small: of unrelated random walks over 12 to 32 layers, 10 to "
        "16 % fall below 0.05.",
        "Read the correlation as a description.",
    ),
    "foreign_text": (
        "The model predicts the neutral text worse than if all tokens were alike, so it does not know such text.",
        "Give plain text of the kind it was trained on.",
    ),
    "unnatural_size": (
        "The dose takes over ten times the directions' natural size: what they were made of hardly moves these states.",
        "Build the space by another method, such as centroids of plain states, or steer other layers.",
    ),
    "outlier_dimensions": (
        "Over half of the conditional mutual information comes from five dimensions of the features.",
        "Read it as the spread of these few; raise the temperature, or use sigmax, to hear the others.",
    ),
    "small_class": (
        "A class has fewer than ten examples, so its spread around their own mean comes out over a tenth too small.",
        "Use more examples, or read the bracket between this value and that of left-out centroids.",
    ),
    "like_permuted": (
        "The value is within what permuted labels give: the classes are as tight, and as far apart, as any examples.",
        "Read it as the spread of all examples; train longer, or read other features.",
    ),
    "vacuous": (
        "The lower bound is not above zero, which any amount of information is, so it says nothing.",
        "Read it as nothing found by this reader; train the reader on more texts, or take a tighter bound.",
    ),
    "dominated": (
        "The same reader's `recovery_information` is a larger lower bound of the same information.",
        "Quote that one; what lies between them is what the reader's confidence adds to its guesses.",
    ),
    "not_above_guessing": (
        "The certificate is not above the share that is guessed without the state, or with that of another text.",
        "Read it as nothing found by this attacker, which is no proof of safety; more texts may change that.",
    ),
}
