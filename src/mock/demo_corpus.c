/* SPDX-License-Identifier: MIT */
/* The corpus of the demo model. Phrases recur on purpose: the chain can change
 * from one sentence to another only where both have the same two words in a
 * row. */
#include "mock/demo_text.h"

#include "base/count.h"

const char *const mock_demo_corpus[] = {
    "A small library reads the stream one event at a time and keeps nothing "
    "it does not need.",
    "The river reads the valley one stone at a time and keeps nothing of it.",
    "A lighthouse keeps the night in order, one turn of the lamp at a time.",
    "The keeper of the lighthouse writes every ship into a small book before "
    "the sun comes up.",
    "A small book by the lamp tells which ship came home and which one is "
    "still at sea.",
    "Every stream begins as a quiet line of water between two stones.",
    "Every answer begins as a quiet line of words between two people.",
    "The river does not hurry, and still it reaches the sea before the road "
    "does.",
    "A good library does not hurry, and still it is done before the coffee is "
    "cold.",
    "When the stream is cut, an honest reader says so and keeps what has "
    "arrived.",
    "When the bridge is closed, an honest map says so and shows the long way "
    "round.",
    "The long way round leads along the river and past the old mill.",
    "Past the old mill the water turns green and the path turns into a garden.",
    "A garden grows one leaf at a time, and nobody hears it.",
    "Words arrive one at a time, like birds that land on a wire in the rain.",
    "Birds that land on a wire leave a gap where the next one will sit.",
    "In the rain the harbour smells of rope, of tar and of old stories.",
    "Old stories travel by boat, by train and by the people who cannot sleep.",
    "The night train crosses the bridge and shakes the lamp in the kitchen.",
    "In the kitchen a kettle tells the hour better than the clock does.",
    "The clock on the tower is late, so the whole town is late and nobody "
    "minds.",
    "Nobody minds the fog as long as the lighthouse turns its lamp.",
    "As long as the lamp is lit, the ship knows where the harbour begins.",
    "The harbour begins where the river lets go of its name.",
    "A name is a small boat that carries a thing from one mind to another.",
    "From one mind to another a sentence travels faster than the night train.",
    "The parser waits for the end of the line the way a fisher waits for the "
    "tide.",
    "The tide comes in without a word and leaves the beach like a clean page.",
    "A clean page asks for one honest line and not for a clever one.",
    "One honest line is worth more than a drawer full of clever ones.",
    "A drawer full of maps is a way of travelling without leaving the kitchen.",
    "Without leaving the harbour a ship is safe, but that is not what a ship "
    "is for.",
    "What a ship is for, the wind explains better than the captain does.",
    "The wind explains the sea to the land and carries the smell of rain.",
    "The smell of rain comes before the rain, like a header before its body.",
    "A header before its body tells how long the answer will be, or that it "
    "will not say.",
    "A buffer that grows without a limit is a lake that has forgotten its "
    "shore.",
    "The shore is where the water stops talking and begins to listen.",
    "To listen well is half of the work, and the other half is to stop in "
    "time.",
    "The other half of the work is done by those who carry stones.",
    "Those who carry stones know the weight of a wall before it stands.",
    "A wall of words is harder to climb than a wall of stones.",
    "Under the bridge the water keeps a copy of the sky.",
    "A copy of the sky is enough for a bird that wants to drink.",
    "The mountain sends its snow to the river and waits for letters.",
    "Letters from the sea arrive as clouds, and few people read them.",
    "Few people read the small print of the tide, but every fisher does.",
    "Every fisher knows a knot that holds and a knot that lets go.",
    "A knot that holds is good, and a knot that lets go in time is better.",
    "A timer that lets go in time saves the program and the evening.",
    "The evening light falls on the old mill and turns the dust into gold.",
    "The program reads a line, thinks about it for a moment and writes one "
    "back.",
    "For a moment the whole town is quiet and the river can be heard.",
    "The river can be heard from the tower when the wind comes from the sea.",
    "When the wind comes from the land, the lighthouse smells of hay.",
    "Far out a ship turns its lamp toward the harbour and gets an answer.",
    "An answer is only an answer when its last word has arrived.",
    "The last word has arrived when the line is closed and nothing is owed.",
    "Nothing is owed to the night but a lamp and a little patience.",
    "A little patience turns a cold stone into a place to sit.",
};

const size_t mock_demo_corpus_count = CHUTES__COUNT(mock_demo_corpus);
