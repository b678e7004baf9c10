/* The loops of jansson.h, as cppcheck understands them. */
#define json_array_foreach(array, i, value) for (i = 0; (value = json_array_get(array, i)) != 0; i++)
#define json_object_foreach(object, key, value) for (key = json_next(object); (value = json_object_get(object, key)) != 0; key = json_next(object))
