import assert from "node:assert/strict";
import { test } from "node:test";

import { readJson, writeJson } from "../src/api/json.js";
import { readChoices, writeChoices } from "../src/launch/words.js";
import { readNumber } from "../src/model/number.js";
import { number } from "../src/view/format.js";

const WHOLE = "4611686018427387903"; // 2^62 - 1, which a double rounds

test("JSON keeps every digit of whole numbers", () => {
	const text = `{"seed":9007199254740993,"params":{"n":[${WHOLE},-${WHOLE}, ${WHOLE} ]},"x":0.1234567890123456789,"y":1e16}`;
	const value: any = readJson(text);

	assert.equal(value.seed, 9007199254740993n);
	assert.deepEqual(value.params.n, [2n ** 62n - 1n, 1n - 2n ** 62n, 2n ** 62n - 1n]);
	assert.equal(value.x, 0.12345678901234568);
	assert.equal(writeJson(value), `{"seed":9007199254740993,"params":{"n":[${WHOLE},-${WHOLE},${WHOLE}]},"x":0.12345678901234568,"y":1e+16}`);
});

test("JSON keeps texts that look like numbers", () => {
	for (const value of [[WHOLE], { [WHOLE]: `"${WHOLE}` }, ["\\", WHOLE], `: ${WHOLE},`, "é\u0000\n"]) {
		assert.deepEqual(readJson(JSON.stringify(value)), value);
		assert.deepEqual(readJson(`[${WHOLE},${JSON.stringify(value)}]`), [BigInt(WHOLE), value]);
		assert.equal(writeJson(value), JSON.stringify(value));
	}
});

test("small whole numbers and fractions are plain numbers", () => {
	const value = { a: 9007199254740991, b: -1, c: 0.5, d: 1e-7, e: null, f: true };

	assert.deepEqual(readJson(writeJson(value)), value);
	assert.equal(writeJson(value, 2), JSON.stringify(value, null, 2));
});

test("large real numbers are no whole ones", () => {
	assert.equal(writeJson([1e20, -1.5e18, 1e300]), "[1e+20,-1.5e+18,1e+300]");
	assert.deepEqual(readJson("[1e+20,100000000000000000000]"), [1e20, 10n ** 20n]);
});

test("whole numbers are typed and shown as they are", () => {
	assert.equal(readNumber(`+${WHOLE}`), BigInt(WHOLE));
	assert.equal(readNumber("9007199254740991"), 9007199254740991);
	assert.equal(readNumber("1e400"), "1e400");
	assert.deepEqual(readChoices(writeChoices([BigInt(WHOLE), WHOLE, 7])), [BigInt(WHOLE), WHOLE, 7]);
	assert.equal(number(BigInt(WHOLE)), WHOLE);
	assert.equal(number(9007199254740991), "9007199254740991");
});
