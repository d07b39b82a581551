"""Portuguese. The phrases are those of macOS, Windows and Google's keyboards, in Brazil and in Portugal."""

from __future__ import annotations

from voicebridge.text.dictated.languages.language import DELETE, Language, words

LANGUAGE = Language(
    anywhere={
        ",": "vírgula",
        ";": "ponto e vírgula",
        "?": "ponto de interrogação",
        "!": "ponto de exclamação",
        ".": "ponto final",
        "-": "hífen",
        "–": "travessão",
        "…": "reticências",
        "\n": "nova linha",
        "\n\n": "novo parágrafo",
        "(": "abrir parênteses | abrir parêntesis | abre parênteses | abra parênteses | abrir parêntese | abre parêntese",
        ")": "fechar parênteses | fechar parêntesis | fecha parênteses | feche parênteses | fechar parêntese | fecha parêntese",
        "“": "abrir aspas | abre aspas | abra aspas",
        "”": "fechar aspas | fecha aspas | feche aspas",
    },
    apart={DELETE: "apagar isso | apaga isso | apague isso | excluir isso | exclua isso | eliminar isso"},
    alone={".": "ponto", ":": "dois pontos | 2 pontos"},
    before=words(
        "um uma o a os as do da dos das ao à no na num numa este esta esse essa aquele aquela cada meu minha teu tua seu sua nosso "
        "nossa nenhum nenhuma algum alguma outro outra qual palavra tecla em por de até pôr"
    ),
    adjectives=words("grande pequeno só único última último primeiro primeira novo nova mesmo mesma belo"),
    after=words("flutuante decimal"),
    after_break=words("de do da dos das aérea telefônica editorial"),
    settled=words("aqui ali lá agora amanhã hoje ontem também logo bem mim ti nós vós eles elas juntos obrigado obrigada"),
    numbers=words("zero um dois três quatro cinco seis sete oito nove dez onze doze"),
    conjunctions=words("e ou"),
    lower=words(
        "o a os as um uma e ou mas porque que quem se quando enquanto como onde eu tu ele ela nós eles elas meu minha teu tua seu sua "
        "nosso nossa é são era está estão foi há não nem já muito mais também em no na com sem por para de do da ao à até sobre entre "
        "me te lhe este esta esse essa isso aqui ali então obrigado obrigada"
    ),
    unfinished=words("o os um uma e ou meu minha teu tua seu nosso nossa do da ao cada porque"),
    continuing=words("e ou mas porque que senão"),
    interjections=words("sim não bom bem ah oh então espera desculpe desculpa olá oi ok"),
    fillers=words("hum humm hã ahn hmm mmm ãh ahm"),
    abbreviations=words("sr sra dr dra prof etc pág nº av ex"),
)  # fmt: skip
