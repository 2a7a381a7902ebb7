// Gives the person a file.
export function download(name: string, text: string, type: string): void {
	const link = document.createElement("a");

	link.href = URL.createObjectURL(new Blob([text], { type }));
	link.download = name.replace(/[^\w.-]+/g, "_");
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
