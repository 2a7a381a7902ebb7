// Numbers and times as people read them.

export function number(value: unknown, digits = 5): string {
	if (typeof value === "bigint") return value.toString();
	if (typeof value !== "number") return value === null || value === undefined ? "–" : String(value);
	if (!Number.isFinite(value)) return "–";
	if (Number.isSafeInteger(value)) return String(value);
	const size = Math.abs(value);

	if (size >= 1e6 || size < 1e-3)
		return value.toExponential(Math.max(0, digits - 2)).replace(/\.?0+e/, "e").replace("e+", "e");
	return String(Number(value.toPrecision(digits)));
}

export function duration(seconds: number | null | undefined): string {
	if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
	const s = Math.max(0, seconds);

	if (s < 10) return `${s.toFixed(1)} s`;
	if (s < 120) return `${Math.round(s)} s`;
	if (s < 7200) return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`.replace(" 0 s", "");
	if (s < 172_800) return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
	return `${Math.round(s / 86_400)} days`;
}

export function age(then: number | null | undefined, now: number): string {
	if (!then) return "–";
	const s = now - then;

	if (s < 5) return "just now";
	if (s < 120) return `${Math.round(s)} s ago`;
	if (s < 7200) return `${Math.round(s / 60)} min ago`;
	if (s < 172_800) return `${Math.round(s / 3600)} h ago`;
	return `${Math.round(s / 86_400)} days ago`;
}

export function moment(seconds: number | null | undefined): string {
	if (!seconds) return "–";
	return new Date(seconds * 1000).toLocaleString();
}

export const percent = (share: number): string =>
	`${(Math.min(1, Math.max(0, share)) * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

export const plural = (count: number, one: string, many = `${one}s`): string =>
	`${count.toLocaleString("en")} ${count === 1 ? one : many}`;

// The server sends no more of a front than this.
const MOST_BEST = 20;

export const onFront = (best: readonly unknown[]): string =>
	`${best.length < MOST_BEST ? best.length : `${MOST_BEST} or more`} on the front`;

// A word as a shell takes it, whatever stands in it.
export const shellWord = (text: string): string =>
	/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
