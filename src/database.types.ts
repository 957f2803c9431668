
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "public": {
          Tables: {
            "conversation_participants": {
                  Row: {
                    "conversation_id": string,"joined_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "conversation_id": string,"joined_at"?: string,"user_id": string
                  }
                  Update: {
                    "conversation_id"?: string,"joined_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "conversation_participants_conversation_id_fkey"
      columns: ["conversation_id"]
isOneToOne: false
      referencedRelation: "conversations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "conversation_participants_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"conversations": {
                  Row: {
                    "created_at": string,"created_by": string | null,"direct_key": string | null,"id": string,"kind": string,"last_message_at": string | null,"last_revision": number,"last_seq": number,"metadata": NonNullable<Json>,"subject": string | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"direct_key"?: string | null,"id"?: string,"kind"?: string,"last_message_at"?: string | null,"last_revision"?: number,"last_seq"?: number,"metadata"?: NonNullable<Json>,"subject"?: string | null,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"direct_key"?: string | null,"id"?: string,"kind"?: string,"last_message_at"?: string | null,"last_revision"?: number,"last_seq"?: number,"metadata"?: NonNullable<Json>,"subject"?: string | null,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "conversations_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"messages": {
                  Row: {
                    "content": string,"conversation_id": string,"created_at": string,"id": string,"metadata": NonNullable<Json>,"revision": number,"sender_id": string,"seq": number
                  }
                  ComputedFields: never
                  Insert: {
                    "content": string,"conversation_id": string,"created_at"?: string,"id": string,"metadata"?: NonNullable<Json>,"revision": number,"sender_id": string,"seq": number
                  }
                  Update: {
                    "content"?: string,"conversation_id"?: string,"created_at"?: string,"id"?: string,"metadata"?: NonNullable<Json>,"revision"?: number,"sender_id"?: string,"seq"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "messages_conversation_id_fkey"
      columns: ["conversation_id"]
isOneToOne: false
      referencedRelation: "conversations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "messages_sender_id_fkey"
      columns: ["sender_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"profiles": {
                  Row: {
                    "bio": string,"country": string | null,"created_at": string,"display_name": string,"handle": string | null,"id": string,"metadata": NonNullable<Json>,"updated_at": string,"user_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "bio"?: string,"country"?: string | null,"created_at"?: string,"display_name"?: string,"handle"?: string | null,"id": string,"metadata"?: NonNullable<Json>,"updated_at"?: string,"user_id"?: string | null
                  }
                  Update: {
                    "bio"?: string,"country"?: string | null,"created_at"?: string,"display_name"?: string,"handle"?: string | null,"id"?: string,"metadata"?: NonNullable<Json>,"updated_at"?: string,"user_id"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"song_chords": {
                  Row: {
                    "chord_bass": string | null,"chord_name": string,"chord_position": number,"chord_quality": string,"chord_root": string,"occurrences": number,"song_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "chord_bass"?: string | null,"chord_name": string,"chord_position": number,"chord_quality": string,"chord_root": string,"occurrences": number,"song_id": string
                  }
                  Update: {
                    "chord_bass"?: string | null,"chord_name"?: string,"chord_position"?: number,"chord_quality"?: string,"chord_root"?: string,"occurrences"?: number,"song_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "song_chords_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "songs"
      referencedColumns: ["id"]
    }
                  ]
                },"songs": {
                  Row: {
                    "album": string | null,"artist": string | null,"artist_words": string,"capo_fret": number | null,"chord_set": number | null,"chordpro_metadata": NonNullable<Json>,"chords": NonNullable<Json>,"content": string,"created_at": string,"created_by": string,"deleted_at": string | null,"derived_fields": (string)[],"difficulty_level": number | null,"duration_seconds": number | null,"genre": string | null,"header_vector": unknown,"id": string,"key": string | null,"language": string | null,"lyrics": string,"metadata": NonNullable<Json>,"popularity": number,"search_terms": (string)[],"search_vector": unknown,"source_type": string,"source_url": string | null,"style": string | null,"tempo": number | null,"time_signature": string | null,"title": string,"title_words": string,"updated_at": string,"version": number,"visibility": string,"word_pairs": (number)[],"year": number | null
                  }
                  ComputedFields: never
                  Insert: {
                    "album"?: string | null,"artist"?: string | null,"artist_words"?: string,"capo_fret"?: number | null,"chord_set"?: number | null,"chordpro_metadata"?: NonNullable<Json>,"chords"?: NonNullable<Json>,"content": string,"created_at"?: string,"created_by"?: string,"deleted_at"?: string | null,"derived_fields"?: (string)[],"difficulty_level"?: number | null,"duration_seconds"?: number | null,"genre"?: string | null,"header_vector"?: unknown,"id"?: string,"key"?: string | null,"language"?: string | null,"lyrics"?: string,"metadata"?: NonNullable<Json>,"popularity"?: number,"search_terms"?: (string)[],"search_vector"?: unknown,"source_type"?: string,"source_url"?: string | null,"style"?: string | null,"tempo"?: number | null,"time_signature"?: string | null,"title": string,"title_words"?: string,"updated_at"?: string,"version"?: number,"visibility"?: string,"word_pairs"?: (number)[],"year"?: number | null
                  }
                  Update: {
                    "album"?: string | null,"artist"?: string | null,"artist_words"?: string,"capo_fret"?: number | null,"chord_set"?: number | null,"chordpro_metadata"?: NonNullable<Json>,"chords"?: NonNullable<Json>,"content"?: string,"created_at"?: string,"created_by"?: string,"deleted_at"?: string | null,"derived_fields"?: (string)[],"difficulty_level"?: number | null,"duration_seconds"?: number | null,"genre"?: string | null,"header_vector"?: unknown,"id"?: string,"key"?: string | null,"language"?: string | null,"lyrics"?: string,"metadata"?: NonNullable<Json>,"popularity"?: number,"search_terms"?: (string)[],"search_vector"?: unknown,"source_type"?: string,"source_url"?: string | null,"style"?: string | null,"tempo"?: number | null,"time_signature"?: string | null,"title"?: string,"title_words"?: string,"updated_at"?: string,"version"?: number,"visibility"?: string,"word_pairs"?: (number)[],"year"?: number | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "songs_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                }
          }
          Views: {
            [_ in never]: never
          }
          Functions: {
            "count_songs":
{ Args: { "filters"?: Json,"query"?: string }; Returns: Json
                           },
"create_song":
{ Args: { "song": Json }; Returns: {
              "album": string | null,
"artist": string | null,
"artist_words": string,
"capo_fret": number | null,
"chord_set": number | null,
"chordpro_metadata": NonNullable<Json>,
"chords": NonNullable<Json>,
"content": string,
"created_at": string,
"created_by": string,
"deleted_at": string | null,
"derived_fields": (string)[],
"difficulty_level": number | null,
"duration_seconds": number | null,
"genre": string | null,
"header_vector": unknown,
"id": string,
"key": string | null,
"language": string | null,
"lyrics": string,
"metadata": NonNullable<Json>,
"popularity": number,
"search_terms": (string)[],
"search_vector": unknown,
"source_type": string,
"source_url": string | null,
"style": string | null,
"tempo": number | null,
"time_signature": string | null,
"title": string,
"title_words": string,
"updated_at": string,
"version": number,
"visibility": string,
"word_pairs": (number)[],
"year": number | null
            }
                          SetofOptions: {
        from: "*"
        to: "songs"
        isOneToOne: true
        isSetofReturn: true
      } },
"delete_song":
{ Args: { "song_id": string }; Returns: undefined
                           },
"get_own_profile":
{ Args: Record<PropertyKey, never>; Returns: {
              "bio": string,
"country": string | null,
"created_at": string,
"display_name": string,
"handle": string | null,
"id": string,
"metadata": NonNullable<Json>,
"updated_at": string,
"user_id": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "profiles"
        isOneToOne: true
        isSetofReturn: true
      } },
"list_heads":
{ Args: { "conversation_ids": (string)[] }; Returns: Json
                           },
"list_messages":
{ Args: { "before_seq"?: number,"conversation_id": string,"page_size"?: number }; Returns: Json
                           },
"list_songs":
{ Args: { "before_created_at"?: string,"before_id"?: string,"owner_id"?: string,"page_size"?: number }; Returns: {
              "album": string,"artist": string,"capo_fret": number,"created_at": string,"created_by": string,"difficulty_level": number,"duration_seconds": number,"genre": string,"id": string,"key": string,"language": string,"style": string,"tempo": number,"time_signature": string,"title": string,"updated_at": string,"version": number,"visibility": string,"year": number
            }[]
                           },
"open_direct":
{ Args: { "other_id": string }; Returns: Json
                           },
"search_songs":
{ Args: { "after_id"?: string,"after_popularity"?: number,"after_score"?: number,"after_tier"?: number,"filters"?: Json,"page_size"?: number,"query"?: string }; Returns: Json
                           },
"send_message":
{ Args: { "content": string,"conversation_id": string,"message_id": string,"metadata"?: Json }; Returns: Json
                           },
"suggest_songs":
{ Args: { "page_size"?: number,"prefix": string }; Returns: {
              "kind": string,"value": string
            }[]
                           },
"sync_conversation":
{ Args: { "conversation_id": string,"page_size"?: number,"since_revision"?: number }; Returns: Json
                           },
"tertulia_schema_version":
{ Args: Record<PropertyKey, never>; Returns: number
                           },
"update_profile":
{ Args: { "changes": Json }; Returns: {
              "bio": string,
"country": string | null,
"created_at": string,
"display_name": string,
"handle": string | null,
"id": string,
"metadata": NonNullable<Json>,
"updated_at": string,
"user_id": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "profiles"
        isOneToOne: true
        isSetofReturn: true
      } },
"update_song":
{ Args: { "changes": Json,"song_id": string }; Returns: {
              "album": string | null,
"artist": string | null,
"artist_words": string,
"capo_fret": number | null,
"chord_set": number | null,
"chordpro_metadata": NonNullable<Json>,
"chords": NonNullable<Json>,
"content": string,
"created_at": string,
"created_by": string,
"deleted_at": string | null,
"derived_fields": (string)[],
"difficulty_level": number | null,
"duration_seconds": number | null,
"genre": string | null,
"header_vector": unknown,
"id": string,
"key": string | null,
"language": string | null,
"lyrics": string,
"metadata": NonNullable<Json>,
"popularity": number,
"search_terms": (string)[],
"search_vector": unknown,
"source_type": string,
"source_url": string | null,
"style": string | null,
"tempo": number | null,
"time_signature": string | null,
"title": string,
"title_words": string,
"updated_at": string,
"version": number,
"visibility": string,
"word_pairs": (number)[],
"year": number | null
            }
                          SetofOptions: {
        from: "*"
        to: "songs"
        isOneToOne: true
        isSetofReturn: true
      } }
          }
          Enums: {
            [_ in never]: never
          }
          CompositeTypes: {
            [_ in never]: never
          }
        }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never

export const Constants = {
  "public": {
          Enums: {
            
          }
        }
} as const
