import assert from "node:assert/strict";
import { test } from "node:test";

import { joinCommand, readChoices, readEnv, readNumber, readWhen, splitCommand, writeChoices, writeWhen } from "../src/launch/words.js";

test("a command is split as a shell would", () => {
	assert.deepEqual(splitCommand(`./train --name 'two words' "a \\"b\\"" --lr {lr} ''`),
		["./train", "--name", "two words", 'a "b"', "--lr", "{lr}", ""]);
	assert.deepEqual(splitCommand("  "), []);
});

test("a command that is joined is split into the same words", () => {
	const argv = ["./train", "it's", "", "a b", "\\", '"', "{lr}"];

	assert.deepEqual(splitCommand(joinCommand(argv)), argv);
});

test("choices are numbers, booleans and texts", () => {
	assert.deepEqual(readChoices('adam, 16, 1e-3, true, "16", "a, b", -'), ["adam", 16, 1e-3, true, "16", "a, b", "-"]);
	const choices = ["adam", 16, true, "16", "true", "a, b", 'say "hi"'];

	assert.deepEqual(readChoices(writeChoices(choices)), choices);
});

test("a condition names a parent and its values", () => {
	assert.deepEqual(readWhen("optimizer=sgd,adam; layers=2"), { optimizer: ["sgd", "adam"], layers: [2] });
	assert.equal(readWhen(" "), undefined);
	const when = { optimizer: ["sgd"], layers: [2, 3] };

	assert.deepEqual(readWhen(writeWhen(when)), when);
});

test("what is no number is left to the server to refuse", () => {
	assert.equal(readNumber("1e-3"), 0.001);
	assert.equal(readNumber(""), undefined);
	assert.equal(readNumber("many"), "many");
});

test("an environment is lines of NAME=VALUE", () => {
	assert.deepEqual(readEnv("A=1\n\nB=x=y\nC"), { A: "1", B: "x=y", C: "" });
	assert.equal(readEnv("\n"), undefined);
});
