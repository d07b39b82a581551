"""Spanish. The phrases are those of macOS, Windows and Google's keyboards."""

from __future__ import annotations

from voicebridge.dictation.text.languages.language import BULLET, CAPITALS, CAPITALS_OFF, CAPITALS_ON, DELETE, TAB, Language, words

LANGUAGE = Language(
    anywhere={
        ";": "punto y coma",
        ".\n": "punto y aparte | punto aparte",
        ".": "punto y seguido | punto seguido",
        "?": "signo de interrogación | cerrar interrogación | cierra interrogación | cerrar signo de interrogación",
        "¿": "abrir interrogación | abre interrogación | abrir signo de interrogación",
        "!": "signo de exclamación | cerrar exclamación | cierra exclamación | cerrar signo de exclamación",
        "¡": "abrir exclamación | abre exclamación | abrir signo de exclamación",
        "…": "puntos suspensivos",
        "\n": "nueva línea | nueva linea",
        "\n\n": "nuevo párrafo",
        ",\n": "coma nueva línea | coma nueva linea",
        "(": "abrir paréntesis | abre paréntesis",
        ")": "cerrar paréntesis | cierra paréntesis",
        "“": "abrir comillas | abre comillas",
        "”": "cerrar comillas | cierra comillas",
        "@": "arroba",
        "/": "barra inclinada | barra oblicua | barra diagonal",
        "\\": "barra invertida | barra inversa",
        "#": "almohadilla | hashtag",
        "%": "signo de porcentaje | símbolo de porcentaje | signo de por ciento",
        "&": "y comercial | ampersand",
        "_": "guion bajo | guión bajo",
        "+": "signo más",
        "=": "signo igual",
        "$": "signo de dólar | símbolo de dólar",
        "€": "signo de euro | símbolo de euro | símbolo del euro",
        "§": "signo de sección",
        "°": "signo de grado | símbolo de grado",
        "~": "virgulilla",
        TAB: "tecla tabulador | tecla de tabulación",
        CAPITALS: "todo mayúsculas | todo en mayúsculas",
        CAPITALS_ON: "activar mayúsculas",
        CAPITALS_OFF: "desactivar mayúsculas",
    },
    apart={
        ",": "coma",
        "-": "guion | guión",
        "—": "raya",
        ".": "punto final",
        DELETE: "borrar eso | borra eso | eliminar eso | elimina eso | tacha eso",
        "/": "barra",
        BULLET: "viñeta",
        "*": "asterisco",
        TAB: "tabulador | tabulación",
    },
    alone={".": "punto", ":": "dos puntos | 2 puntos"},
    before=words(
        "un una el la los las del al este esta ese esa aquel aquella cada mi mis tu tus su sus nuestro nuestra vuestro vuestra ningún "
        "ninguna algún alguna otro otra qué palabra tecla en por de hasta que no se lo cuando"
    ),
    adjectives=words("gran grande pequeño solo único última último primer nuevo nueva mismo misma"),
    after=words("decimal flotante fijo"),
    after_break=words("de del aérea telefónica editorial ferroviaria"),
    after_apart=words("profundo profunda inducido algo todo nada más bien mucho poco despacio usted"),
    settled=words("aquí allí ahora mañana hoy ayer también pronto bien ti mí ellos nosotros vosotros ustedes juntos gracias"),
    numbers=words("cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce"),
    states=words("es son era eran está están fue fueron ha han debe deben puede pueden será serán significa falta faltan"),
    introducing=words("lista siguiente siguientes ejemplo nota asunto tema recordatorio pregunta respuesta puntos ingredientes pasos"),
    conjunctions=words("y o e u"),
    lower=words(
        "el la los las un una unos unas y o pero porque que quien si cuando mientras como donde yo tú él ella nosotros ellos ellas mi "
        "tu su nuestro nuestra es son era está están fue ha han hay no ni ya muy más también en con sin por para de del a al desde "
        "hasta sobre entre se me te lo le les este esta ese esa aquí allí entonces"
    ),
    common=words(
        "agua amiga amigo antigua antiguo archivo año años bebida blanca blanco buen buena bueno calle cama camino carta casa ciudad "
        "cliente clientes coche comida cosa cuenta decisión documento día días edificio empresa equipo error escuela factura familia "
        "fecha fin gato gente gran grande grupo habitación hermana hermano hija hijo hombre hora horas hotel idea información jefe "
        "joven larga largo lengua libro lista lugar madre manera mayor mañana mejor mensaje mes mesa minuto misma mismo momento mujer "
        "mundo música niña niño noche nombre nueva nuevo número oficina ordenador otra otro padre palabra papel parte país pequeña "
        "pequeño perro persona piso plan precio pregunta primer primera primero problema proyecto próxima próximo pueblo puerta punto "
        "página razón respuesta resultado reunión roja rojo semana servicio señor señora siguiente sistema sol sola solo solución "
        "tarde texto tiempo tienda trabajo tren vez viaje vida vieja viejo voz última último única único"
    ),
    unfinished=words("el los las un una y e o mi mis tu tus su sus del al cada nuestro nuestra porque"),
    continuing=words("y e o u pero porque que sino"),
    interjections=words("sí no bueno pues ah oh oye espera perdón hola vale ok"),
    fillers=words("eh ehh eeh ehm mmm mm hmm em emm"),
    abbreviations=words("sr sra srta dr dra ud uds etc pág núm av"),
)  # fmt: skip
