import assert from "node:assert/strict";
import { test } from "node:test";

import { shaped } from "../src/launch/shape.js";
import { joinCommand, readChoices, readEnv, readWhen, splitCommand, writeChoices, writeWhen } from "../src/launch/words.js";
import { readNumber } from "../src/model/number.js";

test("a file of another shape is refused by its path", () => {
	const faults: [unknown, RegExp][] = [
		[null, /^A study is/], [[], /^A study is/], [{ objectives: 5 }, /^objectives is no list of objects/],
		[{ parameters: [null] }, /^parameters is/], [{ parameters: [{}, { choices: "a" }] }, /^parameters\[1\]\.choices/],
		[{ parameters: [{ when: { a: 1 } }] }, /^parameters\[0\]\.when/], [{ task: { command: "x" } }, /^task\.command/],
		[{ limits: [] }, /^limits/], [{ constraints: {} }, /^constraints/], [{ pruner: 1 }, /^pruner/],
	];

	for (const [content, message] of faults) assert.throws(() => shaped(content), { message });
	assert.deepEqual(shaped({ strategy: "tpe", parameters: [{ type: 7 }] }),
		{ strategy: { name: "tpe" }, parameters: [{ type: 7 }] });
});

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
