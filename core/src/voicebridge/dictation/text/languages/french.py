"""French. The phrases are those of macOS, Windows and Dragon."""

from __future__ import annotations

from voicebridge.dictation.text.languages.language import BULLET, CAPITALS, CAPITALS_OFF, CAPITALS_ON, DELETE, TAB, Language, words

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
        "@": "arobase | arrobase",
        "/": "barre oblique",
        "\\": "barre oblique inverse | barre oblique inversée | antislash",
        "#": "hashtag | croisillon",
        "%": "signe pour cent | signe pourcent | symbole pour cent | symbole pourcentage",
        "&": "esperluette | et commercial",
        "_": "tiret bas | trait de soulignement | underscore",
        "+": "signe plus",
        "=": "signe égal",
        "$": "signe dollar | symbole dollar",
        "€": "signe euro | symbole euro",
        "§": "signe paragraphe",
        "°": "signe degré | symbole degré",
        "~": "tilde",
        TAB: "touche tabulation",
        CAPITALS: "tout en majuscules",
        CAPITALS_ON: "majuscules activées | activer les majuscules",
        CAPITALS_OFF: "majuscules désactivées | désactiver les majuscules",
    },
    apart={
        "\n": "à la ligne | a la ligne",
        "–": "tiret",
        DELETE: "effacer ça | efface ça | effacez ça | supprimer ça | supprime ça | supprimez ça",
        "#": "dièse",
        BULLET: "puce",
        "*": "astérisque",
        TAB: "tabulation",
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
    states=words("est sont était étaient a ont doit doivent peut peuvent sera seront signifie manque manquent"),
    introducing=words(
        "liste suivant suivante suivants suivantes suit voici exemple note objet sujet rappel question réponse points ingrédients "
        "étapes"
    ),
    conjunctions=words("et ou"),
    lower=words(
        "le la les un une des du de et ou mais donc car ni que qui si quand lorsque parce comme je tu il elle on nous ils elles ce "
        "cette ces mon ma mes ton ta tes son sa ses notre nos leur leurs est sont était a ont dans sur sous avec sans pour par chez "
        "vers à au aux en ne pas plus très aussi puis alors ici là où"
    ),
    common=words(
        "accord adresse affaire an ancien ancienne année appartement autre autres beau belle bon bonne boîte bureau chambre chat chef "
        "chien client clients dernier dernière deuxième document eau enfant enfants entreprise erreur facture femme fichier fille "
        "film fin fois grand grande gros grosse groupe heure heures homme hôtel idée jeune joli jolie jour journée langue lettre "
        "livre long longue magasin maison marché matin meilleur meilleure message mois moment monde mot mots musique mère même nom "
        "nouveau nouvelle nuit numéro ordinateur page parents pays personne petit petite plan plus point porte premier première prix "
        "problème prochain prochaine projet père question raison rapport repas route rue réponse résultat réunion salle semaine "
        "service seul seule soir soirée solution table temps texte train travail très version vie vieille vieux ville visite voiture "
        "voix vrai vraie équipe"
    ),
    unfinished=words("le la les un une des du et ou mon ma mes ton ta tes notre nos votre vos leur leurs chaque ce cette ces"),
    continuing=words("et ou mais car que qui dont parce"),
    interjections=words("oui non bon ben eh oh ah alors bah enfin attends attendez pardon bonjour salut ok"),
    fillers=words("euh euhh heu heuu hum hmm hm mmm"),
    abbreviations=words("m mme mlle dr pr etc cf env av bd no"),
    wide_marks=";:!?",
)  # fmt: skip
