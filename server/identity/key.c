/* key.c: loads, checks and makes the P-256 keys that sign access tokens. */
#include "veha/key.h"

#include "veha/clock.h"
#include "veha/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COORDINATE_SIZE = 32, KEY_FILE_MOST = 8192, KEY_ID_LONGEST = 64, SECRET_SIZE = 32 };

static const char suffix[] = ".pem";
static const char secret_name[] = "secret.key";

static void release_key(void *key)
{
    EVP_PKEY_free(key);
}

static void release_bio(void *bio)
{
    BIO_free_all(bio);
}

static void release_number(void *number)
{
    BN_clear_free(number);
}

static void release_context(void *context)
{
    EVP_PKEY_CTX_free(context);
}

static void release_file(void *file)
{
    fclose(file);
}

static void release_directory(void *directory)
{
    closedir(directory);
}

/* Private keys leave no copy in freed memory. */
struct secret_bytes {
    char *bytes;
    size_t length;
};

static void wipe(void *thing)
{
    struct secret_bytes *secret = thing;
    sodium_memzero(secret->bytes, secret->length);
}

static void wipe_with(struct pool *pool, char *bytes, size_t length)
{
    struct secret_bytes *secret = pool_alloc(pool, sizeof *secret);
    *secret = (struct secret_bytes){bytes, length};
    pool_adopt(pool, secret, wipe);
}

static struct fault *refuse(struct pool *pool, const char *code, const char *path, const char *why)
{
    return fault_detail(pool, FAULT_INTERNAL, code, "%s: %s", path, why);
}

static bool id_is_plain(const char *id)
{
    size_t length = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    return length > 0 && length <= KEY_ID_LONGEST && id[length] == '\0';
}

/* A PEM file with a pass phrase must not make a server ask its terminal. */
static int on_pass_phrase(char *buffer, int size, int writing, void *data)
{
    (void)buffer, (void)size, (void)writing, (void)data;
    return -1;
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* A secret file as it is, wiped with the pool. */
static struct fault *read_secret_file(struct pool *pool, const char *path, char **bytes, size_t *length)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "r");
    if (file == NULL)
        return refuse(pool, "key_unreadable", path, strerror(errno));
    pool_adopt(pool, file, release_file);

    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        return refuse(pool, "key_unreadable", path, "not a regular file");
    if (status.st_mode & (S_IRWXG | S_IRWXO))
        return refuse(pool, "key_exposed", path, "others than its owner may read or change it; chmod 600 it");

    char *text = pool_alloc(pool, KEY_FILE_MOST);
    wipe_with(pool, text, KEY_FILE_MOST);
    setvbuf(file, NULL, _IONBF, 0);
    *bytes = text;
    *length = fread(text, 1, KEY_FILE_MOST - 1, file);
    if (*length == 0 || *length == KEY_FILE_MOST - 1)
        return refuse(pool, "key_unreadable", path, *length == 0 ? "it is empty" : "too large for a key");
    return NULL;
}

static struct fault *read_private(struct pool *pool, const char *path, struct key *key)
{
    char *text = NULL;
    struct fault *fault = read_secret_file(pool, path, &text, &key->private_length);
    key->private_pem = text;
    return fault;
}

static bool is_sound_p256(struct pool *pool, EVP_PKEY *pair)
{
    char group[64] = "";
    if (!EVP_PKEY_is_a(pair, "EC") || !EVP_PKEY_get_group_name(pair, group, sizeof group, NULL) ||
        strcmp(group, "prime256v1") != 0)
        return false;
    EVP_PKEY_CTX *context = pool_adopt(pool, EVP_PKEY_CTX_new_from_pkey(NULL, pair, NULL), release_context);
    return context != NULL && EVP_PKEY_check(context) == 1;
}

static const char *coordinate(struct pool *pool, EVP_PKEY *pair, const char *parameter)
{
    BIGNUM *number = NULL;
    unsigned char bytes[COORDINATE_SIZE];
    if (!EVP_PKEY_get_bn_param(pair, parameter, &number))
        return NULL;
    pool_adopt(pool, number, release_number);
    if (BN_bn2binpad(number, bytes, sizeof bytes) != (int)sizeof bytes)
        return NULL;
    size_t size = sodium_base64_ENCODED_LEN(sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return sodium_bin2base64(pool_alloc(pool, size), size, bytes, sizeof bytes,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static char *bio_text(struct pool *pool, BIO *bio, size_t *length)
{
    char *bytes = NULL;
    long size = BIO_get_mem_data(bio, &bytes);
    *length = size > 0 ? (size_t)size : 0;
    return pool_copy_length(pool, bytes, *length);
}

static struct fault *derive_public(struct pool *pool, const char *path, struct key *key)
{
    BIO *source = pool_adopt(pool, BIO_new_mem_buf(key->private_pem, (int)key->private_length), release_bio);
    EVP_PKEY *pair = pool_adopt(pool, PEM_read_bio_PrivateKey(source, NULL, on_pass_phrase, NULL), release_key);
    if (pair == NULL)
        return refuse(pool, "key_unreadable", path, "not a PEM private key without a pass phrase");
    if (!is_sound_p256(pool, pair))
        return refuse(pool, "key_weak", path, "not a sound P-256 key");

    BIO *sink = pool_adopt(pool, BIO_new(BIO_s_mem()), release_bio);
    if (sink == NULL || !PEM_write_bio_PUBKEY(sink, pair))
        return refuse(pool, "key_unreadable", path, "its public half cannot be written");
    key->public_pem = bio_text(pool, sink, &key->public_length);
    key->x = coordinate(pool, pair, OSSL_PKEY_PARAM_EC_PUB_X);
    key->y = coordinate(pool, pair, OSSL_PKEY_PARAM_EC_PUB_Y);
    if (key->x == NULL || key->y == NULL)
        return refuse(pool, "key_weak", path, "its public point cannot be read");
    return NULL;
}

static int is_key_file(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > sizeof suffix - 1 && strcmp(entry->d_name + length - (sizeof suffix - 1), suffix) == 0;
}

static int compare_names(const void *one, const void *two)
{
    return strcmp(*(char *const *)one, *(char *const *)two);
}

/* Names of the key files without their suffix, oldest (that is: smallest) first; NULL when the directory cannot be
 * read. */
static char **list_keys(struct pool *pool, const char *directory, size_t *count)
{
    DIR *stream = pool_adopt(pool, opendir(directory), release_directory);
    size_t capacity = 0;
    char **names = NULL;
    *count = 0;
    if (stream == NULL)
        return NULL;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream))
        capacity += (size_t)is_key_file(entry);
    names = pool_alloc(pool, (capacity + 1) * sizeof *names);
    rewinddir(stream);
    for (struct dirent *entry = readdir(stream); entry != NULL && *count < capacity; entry = readdir(stream))
        if (is_key_file(entry))
            names[(*count)++] = pool_copy_length(pool, entry->d_name, strlen(entry->d_name) - (sizeof suffix - 1));
    qsort(names, *count, sizeof *names, compare_names);
    return names;
}

/* When a key named as `veha token` names it was made ("20260301T090000Z"). */
static int64_t made_at(struct pool *pool, const char *id)
{
    int64_t moment = 0;
    if (strlen(id) != sizeof "20260301T090000Z" - 1)
        return 0;
    const char *spelt = pool_print(pool, "%.4s-%.2s-%.2sT%.2s:%.2s:%.3s", id, id + 4, id + 6, id + 9, id + 11, id + 13);
    return id[8] == 'T' && clock_read(spelt, &moment) ? moment : 0;
}

static struct fault *load_key(struct pool *pool, const char *directory, const char *id, struct key *key)
{
    const char *path = pool_print(pool, "%s/%s%s", directory, id, suffix);
    if (!id_is_plain(id))
        return refuse(pool, "key_name", path, "a key's name is of Latin letters, digits, - and _");
    key->id = id;
    key->made_at = made_at(pool, id);
    struct fault *fault = read_private(pool, path, key);
    return fault != NULL ? fault : derive_public(pool, path, key);
}

static void derive_secret(const unsigned char root[SECRET_SIZE], const char *purpose, unsigned char secret[SECRET_SIZE])
{
    crypto_generichash(secret, SECRET_SIZE, (const unsigned char *)purpose, strlen(purpose), root, SECRET_SIZE);
}

static struct fault *load_secret(struct pool *pool, const char *directory, struct keyring *keys)
{
    const char *path = pool_print(pool, "%s/%s", directory, secret_name);
    unsigned char root[SECRET_SIZE];
    char *text = NULL;
    size_t length = 0, size = 0;

    if (access(path, F_OK) != 0)
        return refuse(pool, "keys_missing", path, "it is not there; `veha token create-key` makes it");
    struct fault *fault = read_secret_file(pool, path, &text, &length);
    if (fault != NULL)
        return fault;
    if (sodium_hex2bin(root, sizeof root, text, length, "\n", &size, NULL) != 0 || size != sizeof root)
        return refuse(pool, "key_weak", path, "not 32 bytes in hexadecimal");
    derive_secret(root, "veha forms 1", keys->secret);
    derive_secret(root, "veha sealing 1", keys->sealing);
    sodium_memzero(root, sizeof root);
    return NULL;
}

struct fault *keyring_load(struct pool *pool, const char *directory, struct keyring *keys)
{
    struct fault *fault = NULL;
    size_t count = 0;
    if (sodium_init() < 0)
        return fault_new(pool, FAULT_INTERNAL, "sodium_unavailable");
    json_object_seed(
        0); /* tables of parsed tokens must not be predictable, and the seed must be set before threads start */

    char **names = list_keys(pool, directory, &count);
    if (names == NULL)
        return refuse(pool, "keys_unreadable", directory, strerror(errno));
    if (count == 0)
        return refuse(pool, "keys_missing", directory, "no signing key (*.pem); `veha token create-key` makes one");
    struct key *loaded = pool_alloc(pool, count * sizeof *loaded);
    for (size_t i = 0; i < count && fault == NULL; i++)
        fault = load_key(pool, directory, names[i], &loaded[i]);
    if (fault != NULL)
        return fault;
    keys->keys = loaded;
    keys->count = count;
    keys->signer = &loaded[count - 1];
    return load_secret(pool, directory, keys);
}

void keyring_turn(struct keyring *keys, int64_t now, int64_t token_seconds)
{
    size_t signer = keys->count - 1;

    while (signer > 0 && keys->keys[signer].made_at + KEY_LEAD_SECONDS > now)
        signer--;
    keys->signer = &keys->keys[signer];
    /* Of a successor whose name tells no time nobody knows since when it signs. */
    while (keys->keys != keys->signer && keys->keys[1].made_at > 0 &&
           keys->keys[1].made_at + KEY_LEAD_SECONDS + KEY_GRACE_SECONDS + token_seconds <= now) {
        keys->keys++;
        keys->count--;
    }
}

const struct key *keyring_find(const struct keyring *keys, const char *id, size_t length)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strlen(keys->keys[i].id) == length && memcmp(keys->keys[i].id, id, length) == 0)
            return &keys->keys[i];
    return NULL;
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* Under another name first: running processes look into the folder, and must not find half a key. */
static struct fault *write_new(struct pool *pool, const char *path, const char *text, size_t length)
{
    const char *draft = pool_print(pool, "%s.%ld", path, (long)getpid());
    int descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        return refuse(pool, "key_unwritable", path, strerror(errno));
    /* fchmod: a strange umask must not make the key unreadable to its owner. */
    bool written = fchmod(descriptor, 0600) == 0 && write(descriptor, text, length) == (ssize_t)length &&
                   fsync(descriptor) == 0 && link(draft, path) == 0;
    int reason = errno;
    close(descriptor);
    unlink(draft);
    return written ? NULL : refuse(pool, reason == EEXIST ? "key_exists" : "key_unwritable", path, strerror(reason));
}

struct fault *key_create(struct pool *pool, const char *directory, const char *id)
{
    const char *path = pool_print(pool, "%s/%s%s", directory, id, suffix);
    if (!id_is_plain(id))
        return refuse(pool, "key_name", path, "a key's name is of Latin letters, digits, - and _");

    size_t length = 0;
    EVP_PKEY *pair = pool_adopt(pool, EVP_EC_gen("P-256"), release_key);
    BIO *sink = pool_adopt(pool, BIO_new(BIO_s_secmem()), release_bio);
    if (pair == NULL || sink == NULL || !PEM_write_bio_PKCS8PrivateKey(sink, pair, NULL, NULL, 0, NULL, NULL))
        return refuse(pool, "key_unwritable", path, "no key could be made");
    char *text = bio_text(pool, sink, &length);
    wipe_with(pool, text, length);
    return write_new(pool, path, text, length);
}

struct fault *key_remove(struct pool *pool, const char *directory, const char *id)
{
    const char *path = pool_print(pool, "%s/%s%s", directory, id, suffix);
    return unlink(path) == 0 ? NULL : refuse(pool, "key_unwritable", path, strerror(errno));
}

struct fault *secret_create(struct pool *pool, const char *directory)
{
    unsigned char root[SECRET_SIZE];
    char *text = pool_alloc(pool, 2 * sizeof root + 2);

    wipe_with(pool, text, 2 * sizeof root + 2);
    randombytes_buf(root, sizeof root);
    sodium_bin2hex(text, 2 * sizeof root + 1, root, sizeof root);
    sodium_memzero(root, sizeof root);
    text[2 * sizeof root] = '\n';
    return write_new(pool, pool_print(pool, "%s/%s", directory, secret_name), text, 2 * sizeof root + 1);
}

const char *keyring_jwks(struct pool *pool, const struct keyring *keys)
{
    struct buffer out = {0};
    buffer_text(&out, "{\"keys\":[");
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->keys[i];
        /* Every part is base64url or a plain name: nothing needs escaping. */
        buffer_print(&out,
                     "%s{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"use\":\"sig\",\"kid\":\"%s\","
                     "\"x\":\"%s\",\"y\":\"%s\"}",
                     i == 0 ? "" : ",", key->id, key->x, key->y);
    }
    buffer_text(&out, "]}");
    const char *text = pool_copy_length(pool, out.bytes, out.length);
    buffer_free(&out);
    return text;
}
