//! One HTTP transport for everything remote: retries, limits, redirects, secrets.
