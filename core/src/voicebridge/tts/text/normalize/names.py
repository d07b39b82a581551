"""Names of rulers and popes, after which a Roman numeral is an ordinal, and the titles before them."""

from __future__ import annotations

from voicebridge.tts.text.normalize.words import word_set

TITLES = word_set(
    "king queen pope emperor empress tsar czar tsarina sultan prince princess duke duchess pharaoh kaiser shah saint st lord "
    "count earl archduke patriarch caliph maharaja könig königin papst kaiserin zar sultan prinz prinzessin herzog herzogin "
    "fürst graf erzherzog"
)
"""In lower case."""
NAMES = word_set(
    "Abdullah Adolf Adrian Afonso Ahmed Albert Albrecht Alexander Alexandra Alexios Alfonso Alfred Alphonse Amadeus Amenhotep "
    "Andrew Andrey Anna Anne Antiochus Arthur Artaxerxes August Augustus Baldwin Basil Baudouin Beatrix Benedict Benedikt "
    "Bernhard Boniface Boris Carl Carlos Carol Caroline Casimir Catherine Celestine Charles Charlotte Christian Christina "
    "Clement Cleopatra Conrad Constans Constantine Cyril Cyrus Daniel Darius David Diana Edmund Edward Eleanor Elisabeth "
    "Elizabeth Emanuel Emmanuel Eric Erik Ernest Ernst Eugene Eugenius Faisal Farouk Felipe Feodor Ferdinand Francis Frank "
    "Franz Frederick Friedrich Fyodor Gelasius Georg George Gregor Gregory Gustaf Gustav Gustavus Haakon Hadrian Harald "
    "Harold Harry Hassan Heinrich Henri Henry Honorius Howard Hugh Hussein Innocent Innozenz Isabella Ivan James Jan Jane "
    "Jean Jerome Joan Joachim João Johann Johannes John Joseph Josef Juan Juliana Julius Justin Justinian Karl Katharina "
    "Kenneth Konrad Konstantin Ladislaus Leo Leon Leopold Lothar Louis Lucius Ludwig Luís Luis Magnus Mahmud Malcolm Manuel "
    "Margaret Margarethe Margrethe Maria Marie Martin Mary Matilda Matthias Maximilian Mehmed Mehmet Menelik Michael Mohammed "
    "Moritz Murad Mustafa Napoleon Nicholas Nicolas Nikolaus Olaf Olav Oscar Osman Otto Patrick Paul Paulus Pedro Peter "
    "Philip Philipp Philippe Pius Ptolemy Ralph Ramesses Ramses Rainier Ranier Richard Robert Rudolf Rudolph Rupert Sancho "
    "Selim Sergius Seti Sigismund Simon Sixtus Stanislaus Stephan Stephen Suleiman Sylvester Theodore Theodosius Thomas "
    "Thutmose Tutankhamun Umberto Urban Valdemar Vasily Victor Victoria Viktor Vittorio Vladimir Vytautas Waldemar Wenceslaus "
    "Wilhelm Wilhelmina Willem William Xerxes Zachary"
)
