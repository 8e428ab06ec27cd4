INSERT INTO "tenant_a-1".board VALUES (1);
