// Waivers are found by their product.
CREATE INDEX waiver_product IF NOT EXISTS FOR (n:Waiver) ON (n.productId, n.expiresAt);
