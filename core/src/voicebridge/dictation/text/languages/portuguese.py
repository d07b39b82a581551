"""Portuguese. The phrases are those of macOS, Windows and Google's keyboards, in Brazil and in Portugal."""

from __future__ import annotations

from voicebridge.dictation.text.languages.language import BULLET, CAPITALS, CAPITALS_OFF, CAPITALS_ON, DELETE, TAB, Language, words

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
        "@": "arroba",
        "/": "barra inclinada | barra oblíqua",
        "\\": "barra invertida | contrabarra",
        "#": "cerquilha | hashtag",
        "%": "sinal de porcentagem | sinal de percentagem | símbolo de porcentagem | símbolo de percentagem",
        "&": "e comercial",
        "_": "sublinhado | traço inferior | underline",
        "+": "sinal de mais | sinal de adição",
        "=": "sinal de igual",
        "$": "cifrão",
        "€": "símbolo do euro | sinal do euro",
        "°": "símbolo de grau | sinal de grau",
        TAB: "tecla tab",
        CAPITALS: "tudo em maiúsculas | tudo maiúsculo",
        CAPITALS_ON: "ativar maiúsculas",
        CAPITALS_OFF: "desativar maiúsculas",
    },
    apart={
        DELETE: "apagar isso | apaga isso | apague isso | excluir isso | exclua isso | eliminar isso",
        "/": "barra",
        BULLET: "marcador",
        "*": "asterisco",
        TAB: "tabulação",
    },
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
    states=words("é são era eram está estão foi foram tem têm deve devem pode podem será serão significa falta faltam"),
    introducing=words("lista seguinte seguintes exemplo nota assunto lembrete pergunta resposta pontos ingredientes passos"),
    conjunctions=words("e ou"),
    lower=words(
        "o a os as um uma e ou mas porque que quem se quando enquanto como onde eu tu ele ela nós eles elas meu minha teu tua seu sua "
        "nosso nossa é são era está estão foi há não nem já muito mais também em no na com sem por para de do da ao à até sobre entre "
        "me te lhe este esta esse essa isso aqui ali então obrigado obrigada"
    ),
    common=words(
        "amiga amigo ano anos antiga antigo arquivo boa bom cachorro caminho carro carta casa chefe cidade cliente clientes coisa "
        "comida conta criança dia dias documento empresa equipa equipe erro escola família fatura filha filho fim gato gente grande "
        "grupo homem hora horas hotel ideia jovem lista livro loja longa longo lugar maior manhã melhor mensagem mesa mesma mesmo "
        "momento mulher mundo mãe mês música noite nome nova novo número outra outro pai palavra papel parte país pequena pequeno "
        "pergunta pessoa plano ponto porta preço primeira primeiro problema projeto próxima próximo página quarto razão resposta "
        "resultado reunião rua semana senhor senhora serviço sistema solução só tarde tempo texto trabalho trem velha velho vez "
        "viagem vida voz água última último única único"
    ),
    unfinished=words("o os um uma e ou meu minha teu tua seu nosso nossa do da ao cada porque"),
    continuing=words("e ou mas porque que senão"),
    interjections=words("sim não bom bem ah oh então espera desculpe desculpa olá oi ok"),
    fillers=words("hum humm hã ahn hmm mmm ãh ahm"),
    abbreviations=words("sr sra dr dra prof etc pág nº av ex"),
)  # fmt: skip
