import type { NextConfig } from 'next'

export default {
  devIndicators: false,
  // This folder is the root, also inside another repository.
  turbopack: { root: import.meta.dirname },
} satisfies NextConfig
