"""French. The phrases are those of macOS, Windows and Dragon."""

from __future__ import annotations

from voicebridge.text.dictated.languages.language import DELETE, Language, words

LANGUAGE = Language(
    anywhere={
        ",": "virgule",
        ";": "point virgule",
        "?": "point d'interrogation",
        "!": "point d'exclamation",
        "-": "trait d'union",
        "…": "points de suspension | trois petits points",
        "\n": "nouvelle ligne | retour à la ligne",
        "\n\n": "nouveau paragraphe",
        ".\n": "point à la ligne",
        ",\n": "virgule à la ligne",
        "(": "ouvrir la parenthèse | ouvrez la parenthèse | ouvre la parenthèse | ouvrir parenthèse | parenthèse ouvrante",
        ")": "fermer la parenthèse | fermez la parenthèse | ferme la parenthèse | fermer parenthèse | parenthèse fermante",
        "“": "ouvrir les guillemets | ouvrez les guillemets | ouvre les guillemets | ouvrir guillemets | guillemets ouvrants",
        "”": "fermer les guillemets | fermez les guillemets | ferme les guillemets | fermer guillemets | guillemets fermants",
    },
    apart={
        "\n": "à la ligne | a la ligne",
        "–": "tiret",
        DELETE: "effacer ça | efface ça | effacez ça | supprimer ça | supprime ça | supprimez ça",
    },
    alone={".": "point", ":": "deux points | 2 points"},
    before=words(
        "un une le la les des du de d' l' ce cet cette ces chaque mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs quel "
        "quelle aucun aucune au aux mot touche par en"
    ),
    adjectives=words("grand gros petit énorme seul dernier dernière premier première simple double nouveau nouvelle vrai"),
    after=words("flottante fixe"),
    after_break=words("de du des d' aérienne ferroviaire budgétaire téléphonique éditoriale"),
    settled=words(
        "moi toi lui nous vous eux elles ici là maintenant demain hier bientôt encore aussi toujours bien ensemble plus"
    ),
    numbers=words("zéro un deux trois quatre cinq six sept huit neuf dix onze douze"),
    conjunctions=words("et ou"),
    lower=words(
        "le la les un une des du de et ou mais donc car ni que qui si quand lorsque parce comme je tu il elle on nous ils elles ce "
        "cette ces mon ma mes ton ta tes son sa ses notre nos leur leurs est sont était a ont dans sur sous avec sans pour par chez "
        "vers à au aux en ne pas plus très aussi puis alors ici là où"
    ),
    unfinished=words("le la les un une des du et ou mon ma mes ton ta tes notre nos votre vos leur leurs chaque ce cette ces"),
    continuing=words("et ou mais car que qui dont parce"),
    interjections=words("oui non bon ben eh oh ah alors bah enfin attends attendez pardon bonjour salut ok"),
    fillers=words("euh euhh heu heuu hum hmm hm mmm"),
    abbreviations=words("m mme mlle dr pr etc cf env av bd no"),
    wide_marks=";:!?",
)  # fmt: skip
