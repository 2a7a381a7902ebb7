// The colours of figures, which are those of the style sheet.

export const style = (name: string): string =>
	getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const STATE_NAMES = ["completed", "pruned", "failed", "running", "waiting"] as const;

export const stateColour = (state: string): string => style(`--fill-${state}`);

export const colourway = (): string[] =>
	Array.from({ length: 8 }, (_, i) => style(`--series-${i + 1}`));

// Low to high, readable on both grounds: from cool to warm.
const STOPS: [number, number, number][] = [
	[68, 90, 180], [49, 130, 189], [35, 165, 150], [120, 190, 80], [240, 190, 40], [225, 90, 40],
];

// A colour for a share of 0 … 1.
export function ramp(share: number): string {
	const at = Math.min(1, Math.max(0, share)) * (STOPS.length - 1);
	const i = Math.min(STOPS.length - 2, Math.floor(at));
	const mix = STOPS[i]!.map((c, k) => Math.round(c + (STOPS[i + 1]![k]! - c) * (at - i)));

	return `rgb(${mix.join(",")})`;
}

export const colourscale = (): [number, string][] =>
	STOPS.map((_, i) => [i / (STOPS.length - 1), ramp(i / (STOPS.length - 1))]);
