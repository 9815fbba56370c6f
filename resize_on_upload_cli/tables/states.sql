-- The state of every key, from the inventory tables of both buckets: what
-- compare/diff.py says, for any number of keys. Sizes are bits of a number: the first
-- size of sizes.json is 1, the second 2, the third 4.
--
-- Athena runs it. Of Trino's functions it uses only those that DuckDB has as well, or
-- that bench/tables/engine.py defines there.
-- https://docs.aws.amazon.com/AmazonS3/latest/userguide/metadata-tables-inventory-schema.html
WITH
sizes (name, suffix, bit, recipe) AS (
  VALUES ${sizes}
),

-- The current version of each original, without folder markers.
originals AS (
  SELECT
    key,
    bytes,
    modified,
    CASE
      WHEN version IN ('', 'null') THEN 'unversioned-' || substr(lower(to_hex(sha256(to_utf8(
        etag || '|' || CAST(bytes AS VARCHAR) || '|' || CAST(CAST(floor(to_unixtime(modified)) AS BIGINT) AS VARCHAR)
      )))), 1, 32)
      ELSE version
    END AS source,
    CASE
      WHEN bytes = 0 THEN '${empty}'
      WHEN bytes > ${max_bytes} THEN '${too_large}'
      WHEN storage_class IN (${archives}) THEN '${archived}'
    END AS refusal,
    ${sizes_of_key} AS made
  FROM (
    SELECT
      key,
      size AS bytes,
      last_modified_date AS modified,
      coalesce(version_id, '') AS version,
      replace(coalesce(e_tag, ''), '"', '') AS etag,
      storage_class,
      coalesce(is_delete_marker, FALSE) AS is_deleted,
      row_number() OVER (PARTITION BY key ORDER BY sequence_number DESC) AS age
    FROM ${originals}
    WHERE key <> '' AND key NOT LIKE '%/' AND starts_with(key, ${prefix})
  ) AS versions
  WHERE age = 1 AND NOT is_deleted
),

-- The sizes that each of them gets, with the manifest.
uploads AS (
  SELECT key, bytes, modified, source, refusal,
    made + CASE WHEN made > 0 THEN ${manifest} ELSE 0 END AS wanted
  FROM originals
),

-- What is in the resized bucket; its name is the size's, NULL without a folder.
paths AS (
  SELECT
    bytes,
    modified,
    metadata,
    CASE WHEN slash > 0 THEN substr(path, 1, slash - 1) END AS name,
    substr(path, slash + 1) AS rest
  FROM (
    SELECT
      key AS path,
      strpos(key, '/') AS slash,
      size AS bytes,
      last_modified_date AS modified,
      user_metadata AS metadata,
      coalesce(is_delete_marker, FALSE) AS is_deleted,
      row_number() OVER (PARTITION BY key ORDER BY sequence_number DESC) AS age
    FROM ${resized}
  ) AS versions
  WHERE age = 1 AND NOT is_deleted
),

-- The owner is the size that it was made for; old variants do not name it.
objects AS (
  SELECT
    bytes,
    modified,
    name,
    rest,
    coalesce(element_at(metadata, 'source'), '') AS source,
    coalesce(element_at(metadata, 'recipe'), '') AS recipe,
    coalesce(element_at(metadata, 'code'), '') AS code,
    element_at(metadata, 'recipe') IS NOT NULL AS has_recipe,
    element_at(metadata, 'prefix') AS prefix,
    coalesce(element_at(metadata, 'prefix'), CASE
      WHEN name <> '${manifest_name}' OR rest NOT LIKE '%${manifest_suffix}' THEN element_at(metadata, 'geometry')
      WHEN element_at(metadata, 'geometry') = '${manifest_geometry}' THEN name
    END) AS owner
  FROM paths
),

-- By the key of the original; NULL where no size has the name.
variants AS (
  SELECT
    CASE WHEN sizes.bit IS NOT NULL THEN substr(rest, 1, length(rest) - length(suffix)) END AS key,
    CASE WHEN sizes.bit IS NULL THEN coalesce(objects.name || '/', '${top_level}') END AS folder,
    sizes.bit, sizes.recipe AS wanted_recipe,
    bytes, modified, source, objects.recipe, code,
    CASE
      WHEN sizes.bit IS NOT NULL OR objects.name IS NULL OR rest = '' OR rest LIKE '%/' THEN ''
      WHEN owner = objects.name AND source <> '' AND objects.recipe <> '' THEN '${variant}'
      WHEN NOT has_recipe THEN ''
      WHEN prefix <> objects.name THEN '${copy}'
      ELSE '${uncertain}'
    END AS kind
  FROM objects LEFT JOIN sizes ON objects.name = sizes.name
  WHERE CASE
    WHEN sizes.bit IS NULL THEN ${with_others}
    ELSE rest LIKE '%' || suffix AND length(rest) > length(suffix)
      AND substr(rest, 1, length(rest) - length(suffix)) NOT LIKE '%/'
      AND starts_with(substr(rest, 1, length(rest) - length(suffix)), ${prefix})
  END
),

-- One row for each variant, and one for each original without variants.
pairs AS (
  SELECT
    coalesce(uploads.key, variants.key) AS key,
    folder, bit, kind, code,
    uploads.key IS NOT NULL AS has_original,
    uploads.bytes AS original_bytes,
    uploads.modified AS uploaded,
    coalesce(wanted, 0) AS wanted,
    refusal,
    variants.bytes AS variant_bytes,
    bit <> ${rejection} AND bitwise_and(coalesce(wanted, 0), bit) <> 0 AS is_wanted,
    variants.source = uploads.source AS is_of_original,
    variants.recipe = CASE
      WHEN bit = ${rejection} THEN '${combined_recipe}'
      WHEN bit = ${manifest_bit} THEN ${manifest_recipe}
      ELSE wanted_recipe
    END AS is_by_recipe
  FROM uploads FULL OUTER JOIN variants ON uploads.key = variants.key
),

keys AS (
  SELECT
    key,
    folder,
    max(CASE WHEN has_original THEN 1 ELSE 0 END) AS has_original,
    max(original_bytes) AS original_bytes,
    max(uploaded) AS uploaded,
    max(wanted) AS wanted,
    max(refusal) AS refusal,
    max(CASE WHEN bit = ${rejection} AND is_of_original AND is_by_recipe AND code <> '' THEN code END) AS rejection,
    CAST(coalesce(sum(bit), 0) AS BIGINT) AS listed,
    CAST(coalesce(sum(CASE WHEN bit <> ${rejection} THEN bit END), 0) AS BIGINT) AS stored,
    CAST(coalesce(sum(CASE WHEN is_wanted AND NOT is_of_original THEN bit END), 0) AS BIGINT) AS of_another,
    CAST(coalesce(sum(CASE WHEN is_wanted AND is_of_original AND NOT is_by_recipe THEN bit END), 0) AS BIGINT) AS outdated,
    coalesce(sum(CASE WHEN is_wanted AND is_of_original AND is_by_recipe AND bitwise_and(bit, ${on_request}) <> 0 THEN 1 END), 0) AS on_request,
    coalesce(sum(CASE WHEN has_original AND bit <> ${rejection} AND NOT is_wanted THEN variant_bytes END), 0) AS unwanted_bytes,
    coalesce(sum(variant_bytes), 0) AS variant_bytes,
    count(variant_bytes) AS variants,
    coalesce(sum(CASE WHEN kind = '${variant}' THEN 1 END), 0) AS removable,
    coalesce(sum(CASE WHEN kind = '${copy}' THEN 1 END), 0) AS copies,
    coalesce(sum(CASE WHEN kind = '${uncertain}' THEN 1 END), 0) AS uncertain
  FROM pairs
  GROUP BY key, folder
),

differences AS (
  SELECT
    keys.*,
    bitwise_and(bitwise_and(wanted, ${at_upload}), bitwise_not(stored)) AS missing,
    CASE WHEN has_original = 1 THEN bitwise_and(stored, bitwise_not(wanted)) ELSE 0 END AS unwanted,
    coalesce(refusal, CASE WHEN ${key_too_long} THEN '${too_long}' END, rejection) AS reason
  FROM keys
),

states AS (
  SELECT
    differences.*,
    CASE
      WHEN folder IS NOT NULL THEN 'folder'
      WHEN has_original = 0 THEN 'orphaned'
      WHEN missing + of_another + outdated = 0 AND unwanted = 0 THEN 'current'
      WHEN missing + of_another + outdated = 0 THEN 'orphaned'
      WHEN reason IS NOT NULL AND of_another = 0 THEN 'rejected'
      WHEN missing > 0 AND of_another + outdated = 0 AND to_unixtime(uploaded) < ${expired_before} THEN 'expired'
      WHEN missing > 0 THEN 'missing'
      ELSE 'stale'
    END AS state
  FROM differences
)

SELECT
  state,
  url_encode(folder) AS folder,
  CASE WHEN state = 'rejected' THEN reason END AS code,
  has_original,
  missing,
  of_another,
  outdated,
  CASE WHEN state = 'rejected' THEN stored WHEN has_original = 0 THEN listed ELSE 0 END AS stored,
  unwanted,
  max(CASE WHEN one_key IS NULL THEN 0 ELSE 1 END) AS is_listed,
  count(*) AS number_of_keys,
  sum(CASE WHEN has_original = 0 THEN variant_bytes WHEN state = 'orphaned' THEN unwanted_bytes ELSE original_bytes END) AS bytes,
  sum(on_request) AS on_request,
  sum(variants) AS variants,
  sum(removable) AS removable,
  sum(copies) AS copies,
  sum(uncertain) AS uncertain,
  (SELECT CAST(max(to_unixtime(last_modified_date)) AS BIGINT) FROM ${originals}) AS newest_original,
  (SELECT CAST(max(to_unixtime(last_modified_date)) AS BIGINT) FROM ${resized}) AS newest_variant,
  ${keys} AS keys
FROM (SELECT states.*, ${one_key} AS one_key FROM states) AS listed_states
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, one_key
