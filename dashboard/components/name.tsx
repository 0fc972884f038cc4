/** A name that somebody else gave: in its own direction, on one line where there is little room, whole on hover. */
export function Name({ children }: { children: string }) {
  return (
    <bdi title={children} className="line-clamp-1 break-all text-left md:max-w-64">
      {children}
    </bdi>
  )
}
