"""The words situations are made of: people, things by topic, and phrases for each answer of an appraisal.

No word tells who cares, who acts or whether it ends well: "I" and the name stand in every clause, a good word and a bad
one in every end, and their order tells. Only the tense can be read off a word.
In clauses, {x} is the person meant and {y} the other one; in ends, {p} is what comes and {q} what does not.
"""

NAMES: tuple[str, ...] = (
    *("Adam", "Alma", "Amir", "Anna", "Bela", "Boris", "Carla", "Cleo", "Dana", "David", "Edith", "Elias"),
    *("Emma", "Enzo", "Fatima", "Felix", "Greta", "Hana", "Hugo", "Ida", "Igor", "Ines", "Ivan", "Jana"),
    *("Jonas", "Judith", "Karim", "Kira", "Lara", "Leon", "Lydia", "Marek", "Maria", "Mila", "Nadia", "Nils"),
    *("Olga", "Omar", "Paula", "Pavel", "Rosa", "Samuel", "Sofia", "Tariq", "Tom", "Vera", "Viktor", "Yara"),
)

THINGS: dict[str, tuple[str, ...]] = {
    "food": (
        *("spice market", "shared dinner", "pumpkin soup", "fish kitchen", "bread oven", "vegan menu"),
        *("apple harvest", "honey tasting", "picnic", "baking contest", "pasta evening", "cheese counter"),
        *("brunch", "barbecue", "potato feast", "tea room"),
    ),
    "health": (
        *("operation", "blood test", "flu vaccine", "new clinic", "hearing aid", "physiotherapy"),
        *("dental brace", "sleep study", "eye exam", "knee brace", "diet plan", "allergy test"),
        *("yoga cure", "nurse visit", "second diagnosis", "hospital stay"),
    ),
    "money": (
        *("loan", "tax refund", "house auction", "savings plan", "joint account", "rent increase"),
        *("insurance claim", "share sale", "pension deal", "mortgage", "inheritance", "crowdfunding"),
        *("bank merger", "bonus payment", "price cut", "currency exchange"),
    ),
    "music": (
        *("choir concert", "piano recital", "drum solo", "jazz night", "opera visit", "guitar duet"),
        *("new song", "violin audition", "band reunion", "street orchestra", "radio recording", "flute quartet"),
        *("karaoke", "folk festival", "vinyl fair", "accordion act"),
    ),
    "school": (
        *("algebra exam", "class trip", "history essay", "spelling contest", "science fair", "chemistry lab"),
        *("poetry circle", "term paper", "parents evening", "uniform rule", "exchange year", "phone ban"),
        *("graduation", "Latin course", "library project", "geography quiz"),
    ),
    "sport": (
        *("marathon", "tennis final", "swimming race", "chess boxing", "rowing regatta", "hockey derby"),
        *("cycling tour", "ski jump", "football cup", "judo match", "relay", "climbing league"),
        *("basketball draft", "fencing duel", "golf tournament", "skating show"),
    ),
    "travel": (
        *("night train", "island ferry", "desert safari", "train strike", "camper rental", "beach hotel"),
        *("visa interview", "balloon flight", "city tour", "mountain hike", "cruise", "border crossing"),
        *("airport transfer", "hostel booking", "canal tour", "round trip"),
    ),
    "work": (
        *("office move", "night shift", "contract", "job interview", "company merger", "staff meeting"),
        *("salary review", "desk swap", "factory audit", "sales pitch", "promotion", "internship"),
        *("team change", "product launch", "overtime rule", "warehouse opening"),
    ),
}
TOPICS: tuple[str, ...] = tuple(THINGS)

TIMES = ("At noon", "At breakfast", "On Monday", "On Friday", "Last week", "In spring", "One evening", "Before lunch")
PLACES = ("on the bus", "in the garden", "by the river", "at the door", "in the hall", "on the phone")
OPENINGS = (
    "{time} {name} and I talked about the {thing}.",
    "{name} and I heard about the {thing} {place}.",
    "{time} {name} and I were told of the {thing}.",
    "- What about the {thing}? - {name} and I spoke of it {place}.",
    "- You and {name} mentioned the {thing}. - {name} and I did.",
)

NEEDED = ("needed", "awaited", "lived for", "counted on", "longed for", "depended on")
CARES = (
    "{x} {needed} it, {y} did not mind.",
    "{x} {needed} it while {y} had no opinion.",
    "It was {x} who {needed} it, {y} said nothing.",
    "{y} said nothing but {x} {needed} it.",
    "{y} had no opinion and {x} {needed} it.",
)

GOOD_AND_BAD = (("well", "badly"), ("right", "wrong"), ("better", "worse"), ("brightly", "darkly"))
ENDS = {
    True: ("it turned out {p}, not {q}", "it went {p} rather than {q}", "it ended {p} and not {q}"),
    False: ("it will turn out {p}, not {q}", "it will go {p} rather than {q}", "it will end {p} and not {q}"),
}
ACTS = {
    True: (
        "{end}, {x} saw to that, {y} only watched.",
        "{end} and {y} only watched as {x} saw to that.",
        "{end}: {x} arranged that, {y} had no hand in it.",
        "{end}, {y} had no hand in it, {x} arranged that.",
        "{end} because {x} decided so while {y} stood by.",
    ),
    False: (
        "{end}, {x} will see to that, {y} will only watch.",
        "{end} and {y} will only watch as {x} will see to that.",
        "{end}: {x} will arrange that, {y} will have no hand in it.",
        "{end}, {y} will have no hand in it, {x} will arrange that.",
        "{end} because {x} will decide so while {y} will stand by.",
    ),
}
