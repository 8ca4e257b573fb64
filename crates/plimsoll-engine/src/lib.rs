//! The release as a transaction: plan, seal, claim, ship, record.
