// Light or dark: the system's choice unless the person made one.
import { computed, effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const KEY = "hpo-theme";
const media = window.matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(media.matches);
const kept = localStorage.getItem(KEY);

export const theme = signal<Theme>(kept === "light" || kept === "dark" ? kept : "system");
export const isDark = computed(() =>
	theme.value === "system" ? systemIsDark.value : theme.value === "dark");

media.addEventListener("change", () => (systemIsDark.value = media.matches));

effect(() => {
	document.documentElement.dataset.theme = isDark.value ? "dark" : "light";
	if (theme.value === "system") localStorage.removeItem(KEY);
	else localStorage.setItem(KEY, theme.value);
});
