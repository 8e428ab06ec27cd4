INSERT INTO crm.item SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 20) AS i;
INSERT INTO wiki.item SELECT i, i FROM generate_series(1, 20) AS i;
INSERT INTO public.item SELECT i, i FROM generate_series(1, 20) AS i;
