import { useEffect, useRef, useState } from "preact/hooks";

// Whether an element is in view or near it; for those that are drawn only then.
export function useVisible<T extends HTMLElement>() {
	const ref = useRef<T>(null);
	const [visible, setVisible] = useState(false);

	useEffect(() => {
		const observer = new IntersectionObserver(
			(entries) => setVisible(entries[entries.length - 1]!.isIntersecting),
			{ rootMargin: "200px" });

		observer.observe(ref.current!);
		return () => observer.disconnect();
	}, []);
	return { ref, visible };
}
